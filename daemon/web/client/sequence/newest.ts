/** The line below the heading: the newest value and its age. */
import { formatAge } from '../../shared/format.ts'
import { make, need, seek } from '../dom.ts'

/** @param timestamp as in messages @param value formatted for the page; missing if only the age is shown */
export function showNewest(timestamp: string, value?: string): void {
  need('#newest', HTMLElement).hidden = false
  const place = seek('#newest-value', HTMLElement)
  if (place && value !== undefined) {
    place.textContent = value
    // Remove and add it again, to restart the animation.
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
