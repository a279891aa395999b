/** Updates the newest values of the listed sequences as they arrive. */
import { formatAge, formatValue } from '../../shared/format.ts'
import { showNumber } from '../../shared/shown-value.ts'
import { seek } from '../dom.ts'
import { listenToValues, type ValueMessage } from '../live.ts'
import { refresh } from '../refresh.ts'
import { toastError } from '../toasts.ts'
import { unitSystem } from '../units.ts'

/** Shows the values of one frame together, since a controller may send hundreds a second. */
export function followValues(folder: string): void {
  const waiting = new Map<number, ValueMessage>()
  listenToValues({
    folder,
    onValue: (value) => {
      if (waiting.size === 0) setTimeout(show, 100)
      waiting.set(value.id, value)
    },
    onGap: () => void refresh().catch(toastError),
  })
  const show = (): void => {
    for (const value of waiting.values()) showValue(value)
    waiting.clear()
  }
}

function showValue({ id, timestamp, value }: ValueMessage): void {
  const row = seek(`tr[data-id="${id}"]`, HTMLTableRowElement)
  if (!row) return
  const cell = seek('[data-value]', HTMLElement, row)
  if (cell && value !== undefined) {
    const { decimals, units, numeric } = cell.dataset
    cell.textContent =
      numeric === undefined
        ? formatValue(value)
        : showNumber(Number(value), { decimals: decimals === undefined ? undefined : Number(decimals), units }, unitSystem())
    // Remove and add it again, to restart the animation.
    cell.classList.remove('is-fresh')
    void cell.offsetWidth
    cell.classList.add('is-fresh')
  }
  const when = seek('.when', HTMLElement, row)
  if (!when) return
  const time = seek('time', HTMLTimeElement, when) ?? document.createElement('time')
  time.dataset['age'] = ''
  time.dateTime = timestamp
  time.title = timestamp
  time.textContent = formatAge(Date.parse(timestamp), Date.now())
  when.replaceChildren(time)
}
