/** The dialogs for users who may write: settings, and deleting values after showing how many there are. */
import { escapePath } from '../../shared/paths.ts'
import { formatCount } from '../../shared/format.ts'
import { writeTime } from '../../shared/chart-state.ts'
import { call } from '../api.ts'
import { make, need, seek } from '../dom.ts'
import { listenToDrops } from '../folder/dropped.ts'
import { fieldsOf, hideProblem, showProblem } from '../forms.ts'
import { handleImports } from '../import/offers.ts'
import { sendForm } from '../send-form.ts'
import { toast, toastError } from '../toasts.ts'
import { folderOf } from './newest.ts'
import { fromInput, toInput } from './zone.ts'

interface Shown {
  /** Seconds since 1970: initial range of the removal. */
  readonly span?: { readonly from: number; readonly to: number } | undefined
  /** An IANA name. */
  readonly zone: string
}

/** Does nothing if the user may only read. @param shown what the page shows now */
export function handleChanges(path: string, shown: () => Shown): void {
  handleSettings(path)
  handleRemoval(path, shown)
  handleAhead(path)
  if (seek('#import', HTMLDialogElement)) handleDrops(path)
}

/** A file that is dropped brings values, or is kept beside the sequence. */
function handleDrops(path: string): void {
  const offer = handleImports({ path, isSequence: true }, () => location.reload())
  listenToDrops((dropped) => {
    offer(dropped)
      .then(async (kept) => {
        for (const { file } of kept) await keepFile(folderOf(path), file)
      })
      .catch(toastError)
  })
}

async function keepFile(folder: string, file: File): Promise<void> {
  const form = new FormData()
  form.append('path', folder)
  form.append('name', file.name)
  form.append('type', 'file')
  form.append('as_is', '1')
  form.append('file', file)
  await sendForm('POST', '/resources', form, make('progress'))
  toast(`Kept ${file.name} in ${folder}.`)
}

function handleAhead(path: string): void {
  const button = seek('#remove-ahead', HTMLButtonElement)
  button?.addEventListener('click', () => {
    const { start = '', end = '' } = button.dataset
    button.disabled = true
    call('DELETE', `/resources${escapePath(path)}`, { data_only: '1', start_timestamp: start, end_timestamp: end }).then(
      () => location.reload(),
      (error: unknown) => {
        button.disabled = false
        toastError(error)
      },
    )
  })
}

function handleSettings(path: string): void {
  const form = seek('#settings-form', HTMLFormElement)
  form?.addEventListener('submit', (event) => {
    event.preventDefault()
    // An emptied field removes the attribute, where that has a meaning.
    const attributes = Object.fromEntries(Object.entries(fieldsOf(form)).map(([name, value]) => [name, value === '' ? null : value]))
    call('PUT', `/resources${escapePath(path)}`, { system_attributes: attributes }).then(
      () => location.reload(),
      (error: unknown) => showProblem(form, error),
    )
  })
}

function handleRemoval(path: string, shown: () => Shown): void {
  const form = seek('#removal-form', HTMLFormElement)
  const dialog = seek('#removal', HTMLDialogElement)
  if (!form || !dialog) return
  const act = need('#removal-act', HTMLButtonElement)
  const count = need('#removal-count', HTMLElement)
  const field = (name: string): HTMLInputElement | undefined => seek(`[name="${name}"]`, HTMLInputElement, form)
  let zone = 'UTC'
  let was: Shown['span']
  let counted: Record<string, string> | undefined

  const forget = (): void => {
    counted = undefined
    act.hidden = true
    count.textContent = ''
    hideProblem(form)
  }
  form.addEventListener('input', forget)
  document.addEventListener('click', (event) => {
    if (!(event.target instanceof Element) || !event.target.closest('[data-dialog="removal"]')) return
    const { span, zone: shownZone } = shown()
    zone = shownZone
    was = span
    need('#removal-zone', HTMLElement).textContent = `Times are those of ${zone}.`
    const [start, end] = [field('start'), field('end')]
    if (start) start.value = span ? toInput(span.from, zone) : ''
    if (end) end.value = span ? toInput(span.to, zone) : ''
    forget()
  })

  const doomed = (): Record<string, string> => {
    const start = fromInput(field('start')?.value ?? '', zone, was?.from)
    const end = fromInput(field('end')?.value ?? '', zone, was?.to)
    const where = field('where')?.value.trim() ?? ''
    // Up to the end of the given second.
    return {
      data_only: '1',
      ...(start === undefined ? {} : { start_timestamp: writeTime(start) }),
      ...(end === undefined ? {} : { end_timestamp: writeTime(end + 0.999) }),
      ...(where === '' ? {} : { where }),
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const parameters = doomed()
    call<{ matching: number }>('DELETE', `/resources${escapePath(path)}`, { ...parameters, dry_run: '1' }).then(
      ({ matching }) => {
        hideProblem(form)
        counted = parameters
        count.textContent =
          matching === 0
            ? 'There is nothing that fits.'
            : `${formatCount(matching)} ${matching === 1 ? 'value' : 'values'} would be deleted.`
        act.hidden = matching === 0
        act.textContent = `Delete ${formatCount(matching)}`
      },
      (error: unknown) => {
        forget()
        showProblem(form, error)
      },
    )
  })
  act.addEventListener('click', () => {
    if (!counted) return
    act.classList.add('is-busy')
    call<{ deleted?: number }>('DELETE', `/resources${escapePath(path)}`, counted)
      .then(() => location.reload())
      .catch((error: unknown) => showProblem(form, error))
      .finally(() => act.classList.remove('is-busy'))
  })
}
