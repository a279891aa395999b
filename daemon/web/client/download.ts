/** The dialog of components/download-dialog.tsx: one file with values of several sequences. */
import { checkGet } from './api.ts'
import { closest, make, need } from './dom.ts'
import { onSubmit } from './forms.ts'
import { fromInput, resolveZone, toInput } from './sequence/zone.ts'
import { toast } from './toasts.ts'
import { unitSystem } from './units.ts'

export interface Wanted {
  /** Of sequences, and of folders for all that are in them and below. */
  readonly paths: readonly string[]
  /** What they are called together, as the file's name. */
  readonly name: string
  /** The range that is offered, in seconds; undefined: all there is. */
  readonly span?: { readonly from: number; readonly to: number } | undefined
}

/** Opens the dialog. */
export type Ask = (wanted: Wanted) => void

/** Longest address that servers and proxies take as a rule. */
const MAX_ADDRESS = 8_000

export function handleDownload(): Ask {
  const dialog = need('#download', HTMLDialogElement)
  const note = need('#download-zone', HTMLElement)
  const zone = resolveZone('', note.dataset['timezone'])
  note.textContent = `Times are those of ${zone}. If left empty: from the first value, to the newest.`
  const [start, end] = [need('#download-start', HTMLInputElement), need('#download-end', HTMLInputElement)]
  const [interval, fields] = [need('#download-interval', HTMLSelectElement), need('#download-fields', HTMLSelectElement)]
  const showFields = (): void => show(fields, interval.value !== '')
  let wanted: Wanted = { paths: [], name: '' }
  interval.addEventListener('change', showFields)

  onSubmit('#download-form', async () => {
    const form = new FormData(need('#download-form', HTMLFormElement))
    const query = new URLSearchParams()
    for (const [name, value] of form)
      if (typeof value === 'string' && value !== '' && name !== 'start' && name !== 'end') query.set(name, value)
    const [from, to] = [fromInput(start.value, zone, wanted.span?.from), fromInput(end.value, zone, wanted.span?.to)]
    if (from !== undefined) query.set('start_timestamp', new Date(from * 1000).toISOString())
    if (to !== undefined) query.set('end_timestamp', new Date(to * 1000).toISOString())
    query.set('time_zone', zone)
    query.set('name', wanted.name)
    query.set('paths', JSON.stringify(wanted.paths))
    const address = `/exports?${query.toString()}`
    if (address.length > MAX_ADDRESS) throw new Error('So many can’t be named in one download: choose their folders, or fewer.')
    const headers = await checkGet(address)
    dialog.close()
    save(`/api/v1${address}`)
    const leftOut = Number(headers.get('rhizo-left-out') ?? 0)
    if (leftOut > 0) toast(`Left out: ${leftOut === 1 ? 'one sequence' : `${leftOut} sequences`} that such a table can’t hold.`)
  })

  return (next) => {
    wanted = next
    const { paths, span } = next
    need('#download-what', HTMLElement).textContent = paths.length === 1 ? (paths[0] ?? '') : `${next.paths.length} chosen`
    start.value = span ? toInput(span.from, zone) : ''
    end.value = span ? toInput(span.to, zone) : ''
    showFields()
    need('#download-units', HTMLSelectElement).value = unitSystem() ?? ''
    dialog.showModal()
  }
}

/** Shows what may be chosen, with its label; what is hidden is not sent. */
function show(select: HTMLSelectElement, isShown: boolean): void {
  select.disabled = !isShown
  const field = closest(select, '.field', HTMLElement)
  if (field) field.hidden = !isShown
}

/** Lets the browser download an address of this server. */
export function save(address: string): void {
  const link = make('a', { href: address, download: '' })
  document.body.append(link)
  link.click()
  link.remove()
}
