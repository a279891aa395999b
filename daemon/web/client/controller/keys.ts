/** After a PIN was entered: waits until the device has fetched its key, which then appears in the list. */
import { all, make, seek } from '../dom.ts'
import { refresh } from '../refresh.ts'

const INTERVAL = 2_000
/** The lifetime of a PIN, in milliseconds. */
const PATIENCE = 30 * 60_000

export function awaitDevice(): void {
  const place = seek('[data-await-key]', HTMLElement)
  if (!place) return
  const newest = Number(place.dataset['awaitKey'])
  const end = Date.now() + PATIENCE
  const look = (): void => {
    // A key of another device counts, too: the page can't tell them apart, and the list shows which there are.
    const isThere = all('[data-key]', HTMLElement).some((row) => Number(row.dataset['key']) > newest)
    if (isThere)
      return place.replaceChildren(make('div', { class: 'notice is-success', role: 'status' }, 'The device has its key and can sign in.'))
    if (Date.now() > end)
      return place.replaceChildren(
        make('div', { class: 'notice is-warning', role: 'status' }, 'The device did not fetch its key. Let it ask for a new PIN.'),
      )
    setTimeout(() => void refresh().then(look, look), INTERVAL)
  }
  look()
}
