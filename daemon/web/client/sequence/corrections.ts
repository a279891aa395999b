/** The dialogs that mask and calibrate values, for users who may write. */
import { writeTime, type Span } from '../../shared/chart-state.ts'
import { formatTime } from '../../shared/format.ts'
import { call } from '../api.ts'
import { all, need, seek } from '../dom.ts'
import { onSubmit } from '../forms.ts'
import { toastError } from '../toasts.ts'
import { fromInput, toInput } from './zone.ts'

interface Shown {
  /** In seconds. */
  readonly span: Span
  readonly zone: string
}

/** Does nothing if the user may only read. @param shown what the page shows now */
export function handleCorrections(path: string, shown: () => Shown): void {
  const valueOf = (id: string): string => need(id, HTMLInputElement).value.trim()
  for (const kind of ['mask', 'calibration'] as const) {
    for (const button of all(`[data-dialog="${kind}"]`, HTMLElement))
      button.addEventListener('click', () => {
        const { span, zone } = shown()
        need(`#${kind}-start`, HTMLInputElement).value = toInput(span.from, zone)
        const end = seek(`#${kind}-end`, HTMLInputElement)
        if (end) end.value = toInput(span.to, zone)
        need(`#${kind}-zone`, HTMLElement).textContent = `Times are those of ${zone}.`
        for (const time of all(`#${kind} time[data-zoned]`, HTMLTimeElement)) time.textContent = formatTime(Date.parse(time.dateTime), zone)
      })
  }
  const timeOf = (id: string): string | undefined => {
    const { zone } = shown()
    const time = fromInput(valueOf(id), zone)
    return time === undefined ? undefined : writeTime(time)
  }
  onSubmit('#mask-form', async () => {
    const range = { start_timestamp: timeOf('#mask-start'), end_timestamp: timeOf('#mask-end') }
    await call('POST', '/sequences/masks', { path, ...range, where: valueOf('#mask-where'), note: valueOf('#mask-note') })
    location.reload()
  })
  onSubmit('#calibration-form', async () => {
    const table = valueOf('#calibration-points')
    const how =
      table === ''
        ? { scale: valueOf('#calibration-scale'), offset: valueOf('#calibration-offset') }
        : { points: table.split(/\s+/).map((pair) => pair.split(':').map(Number)) }
    const start = timeOf('#calibration-start')
    await call('POST', '/sequences/calibrations', { path, start_timestamp: start, ...how, note: valueOf('#calibration-note') })
    location.reload()
  })
  for (const button of all('[data-undo]', HTMLButtonElement))
    button.addEventListener('click', () => {
      button.disabled = true
      call('DELETE', `/sequences/${button.dataset['undo'] ?? ''}`, { path, id: button.dataset['id'] }).then(
        () => location.reload(),
        (error: unknown) => {
          button.disabled = false
          toastError(error)
        },
      )
    })
}
