/** Fetches the page again and replaces parts of it, so that what was opened or scrolled to stays. */
import { all } from './dom.ts'
import { replaceChildren } from './focus.ts'

/** Replaces the content of each element with `data-refresh` and an id. Rejects when the server is not reached or refuses. */
export async function refresh(): Promise<void> {
  const response = await fetch(location.href, { headers: { accept: 'text/html' }, credentials: 'same-origin' })
  if (!response.ok || response.redirected) throw new Error('This page could not be renewed. Reload it.')
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html')
  for (const part of all('[data-refresh]', HTMLElement)) {
    const next = fresh.getElementById(part.id)
    if (next) replaceChildren(part, [...next.childNodes])
  }
  document.dispatchEvent(new CustomEvent('refreshed'))
}
