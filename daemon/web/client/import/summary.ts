/** Shows what became of an import, and undoes it. */
import type { ImportRecord, TableImportAnswer } from '../../../../src/wire/answers.ts'
import { formatAge, formatCount } from '../../shared/format.ts'
import { escapePath } from '../../shared/paths.ts'
import { call, get } from '../api.ts'
import { make } from '../dom.ts'
import { toastError } from '../toasts.ts'
import { listOf, noticeOf, refusedList } from './parts.ts'

const valuesOf = (count: number): string => `${formatCount(count)} ${count === 1 ? 'value' : 'values'}`

export function showSummary(name: string, answer: TableImportAnswer): Node[] {
  const { sequences, warnings, refused } = answer
  const brought = sequences.reduce((sum, { stored, replaced }) => sum + stored + replaced, 0)
  const lines = sequences.map(({ path, is_new: isNew, stored, repeated, replaced, missing, refused: bad }) => {
    const parts: [number, string][] = [
      [repeated, 'were there already'],
      [replaced, 'replaced'],
      [missing, 'missing'],
      [bad, 'refused'],
    ]
    const others = parts.filter(([count]) => count > 0).map(([count, text]) => `, ${formatCount(count)} ${text}`)
    return make(
      'span',
      {},
      make('a', { href: escapePath(path) }, path),
      `${isNew ? ' (new)' : ''}: ${formatCount(stored)} stored${others.join('')}`,
    )
  })
  return [
    noticeOf(brought > 0 ? 'success' : 'warning', brought > 0 ? `Imported ${valuesOf(brought)} of ${name}.` : `${name} has nothing new.`),
    ...warnings.map((warning) => noticeOf('warning', warning)),
    ...(refused > 0 ? [refusedList(answer)] : []),
    listOf('', lines),
  ]
}

/** Removes what an import brought. @returns a sentence about it */
export async function undo(id: number): Promise<string> {
  const { removed } = await call<{ removed: number }>('DELETE', `/imports/${id}`)
  return `Removed ${valuesOf(removed)} again.`
}

/** Imports shown of those before. */
const SHOWN = 5

/** The newest imports into a place, each with a button that undoes it; nothing where there are none. */
export async function showEarlier(place: string, onUndone: () => void): Promise<Node[]> {
  const { imports } = await get<{ imports: ImportRecord[] }>('/imports', { path: place })
  const open = imports.filter(({ removal_timestamp: removal }) => removal === null).slice(0, SHOWN)
  if (open.length === 0) return []
  return [
    make('h3', {}, 'Imported before'),
    listOf(
      'import-earlier',
      open.map((one) => earlierLine(one, onUndone)),
    ),
  ]
}

function earlierLine({ id, file_name: name, creation_timestamp: time, sequences }: ImportRecord, onUndone: () => void): HTMLElement {
  const count = sequences.reduce((sum, { values }) => sum + values, 0)
  const label = name === '' ? `Import ${id}` : name
  const button = make('button', { type: 'button', class: 'button is-small', 'aria-label': `Undo ${label}` }, 'Undo')
  const text = make('span', {}, `${label}, ${formatAge(Date.parse(time), Date.now())}: ${valuesOf(count)}`)
  button.addEventListener('click', () => {
    button.disabled = true
    undo(id).then(
      (sentence) => {
        text.textContent = `${label}: ${sentence}`
        button.remove()
        onUndone()
      },
      (error: unknown) => {
        button.disabled = false
        toastError(error)
      },
    )
  })
  return make('span', { class: 'actions' }, text, button)
}
