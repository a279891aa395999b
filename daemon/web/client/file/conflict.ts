/** The file was saved by another person since it was opened: shows what differs, and lets the user choose whose text to keep. */
import { formatAge } from '../../shared/format.ts'
import { mergeTexts } from '../../shared/merge.ts'
import { ApiError, get } from '../api.ts'
import { make, need } from '../dom.ts'
import { toastError } from '../toasts.ts'
import { makeDifferenceTable } from './difference-table.ts'
import { toPlain } from './form.ts'

export interface Newest {
  revision: number
  /** undefined: it is not text any more, or too large. */
  text: string | undefined
  /** In milliseconds. */
  time: number
}

interface Meta {
  last_revision_id: number | null
  modification_timestamp: string
  size: number | null
}

/** @param apiPath below /api/v1, escaped @throws ApiError */
export async function readNewest(apiPath: string, limit: number): Promise<Newest> {
  const { last_revision_id: id, modification_timestamp: time, size } = await get<Meta>(apiPath, { meta: 1 })
  const revision = id ?? 0
  return {
    revision,
    time: Date.parse(time),
    text: (size ?? 0) > limit ? undefined : revision === 0 ? '' : await readRevision(apiPath, revision),
  }
}

/** undefined: it is not text. @throws ApiError */
export async function readRevision(apiPath: string, revision: number): Promise<string | undefined> {
  const response = await fetch(`/api/v1${apiPath}?rev=${revision}`, { credentials: 'same-origin' })
  if (!response.ok) throw new ApiError(response.status, `Revision ${revision} could not be read (${response.status}).`)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await response.arrayBuffer())
  } catch {
    return undefined
  }
}

export interface Conflict {
  newest: Newest
  /** The user's own text. */
  mine: string
  /** The text that both began with. */
  readBase: () => Promise<string | undefined>
  keepTheirs: () => void
  keepMine: () => void
  /** Continues with the merged text. */
  merge: (text: string, conflicts: number) => void
}

export function showConflict({ newest, mine, readBase, keepTheirs, keepMine, merge }: Conflict): void {
  const section = need('#conflict', HTMLElement)
  const theirs = newest.text === undefined ? undefined : toPlain(newest.text)
  const button = (text: string, hint: string, act: () => void, look = ''): HTMLElement => {
    const made = make('button', { type: 'button', class: `button ${look}`.trim(), title: hint }, text)
    made.addEventListener('click', () => {
      hideConflict()
      act()
    })
    return made
  }
  const mergeBoth = (): void => {
    readBase().then((base) => {
      const merged = mergeTexts(toPlain(base ?? ''), mine, theirs ?? '')
      merge(merged.text, merged.conflicts)
    }, toastError)
  }
  section.replaceChildren(
    make(
      'div',
      { class: 'card-header' },
      make('h2', {}, 'Somebody else saved this file meanwhile'),
      make(
        'p',
        { class: 'note' },
        `Their text is ${describeAge(newest.time)}. Nothing of yours was stored yet, and nothing is lost whatever you choose: ` +
          'earlier states stay among the revisions.',
      ),
    ),
    theirs === undefined
      ? make('p', { class: 'notice' }, 'What they stored is no text, or too large to be shown here.')
      : make('p', { class: 'note' }, 'Lines with + are yours alone, lines with − theirs alone.'),
    ...(theirs === undefined ? [] : [makeDifferenceTable(theirs, mine, 'What yours differs in from theirs')]),
    make(
      'div',
      { class: 'actions' },
      ...(theirs === undefined ? [] : [button('Merge by hand', 'Both in the editor, with marks where they meet', mergeBoth, 'is-primary')]),
      button('Keep mine', 'Store yours as the newest', keepMine),
      button('Keep theirs', 'Continue with theirs; yours is dropped from the editor', keepTheirs),
    ),
  )
  section.hidden = false
  section.focus()
  section.scrollIntoView({ block: 'start' })
}

const describeAge = (time: number): string => {
  const age = formatAge(time, Date.now())
  return age === 'now' ? 'a moment old' : `from ${age}`
}

export const hideConflict = (): void => {
  need('#conflict', HTMLElement).hidden = true
}
