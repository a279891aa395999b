/** After a PIN was entered: waits until the device has fetched its key, which then is in the list. */
import { all, make, seek } from '../dom.ts'
import { refresh } from '../refresh.ts'

const INTERVAL = 2_000
/** As long as a PIN lives. */
const PATIENCE = 30 * 60_000

export function awaitDevice(): void {
  const place = seek('[data-await-key]', HTMLElement)
  if (!place) return
  const newest = Number(place.dataset['awaitKey'])
  const end = Date.now() + PATIENCE
  const look = (): void => {
    // Other people's keys count too: it can't be told apart, and the list shows what there is.
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
