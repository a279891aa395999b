/** The line below the heading: the newest value and its age. */
import { formatAge } from '../../shared/format.ts'
import { make, need, seek } from '../dom.ts'

/** @param timestamp as messages have it @param value in the words of the page; missing for what shows only an age */
export function showNewest(timestamp: string, value?: string): void {
  need('#newest', HTMLElement).hidden = false
  const place = seek('#newest-value', HTMLElement)
  if (place && value !== undefined) {
    place.textContent = value
    // Taken away and put back, so that it is seen again.
    place.classList.remove('is-fresh')
    void place.offsetWidth
    place.classList.add('is-fresh')
  }
  const time = make('time', { datetime: timestamp, title: timestamp }, formatAge(Date.parse(timestamp), Date.now()))
  time.dataset['age'] = ''
  need('#newest-age', HTMLElement).replaceChildren(time)
}

/** Path of the folder of a sequence. */
export const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))
