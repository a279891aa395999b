/** Full screen, for a screen on a wall. The address says so too (`wall=1`), for a browser that opens nothing else. */
import { make, need } from '../dom.ts'

export function handleWall(): void {
  const page = need('#board-page', HTMLElement)
  const leave = make('button', { type: 'button', class: 'button is-small wall-leave' }, 'Leave full screen')
  need('.page-header .actions', HTMLElement, page).append(leave)
  const set = (isOn: boolean): void => {
    page.toggleAttribute('data-wall', isOn)
    const url = new URL(location.href)
    if (isOn) url.searchParams.set('wall', '1')
    else url.searchParams.delete('wall')
    history.replaceState(null, '', url)
    document.dispatchEvent(new CustomEvent('wall-changed'))
  }
  need('#to-wall', HTMLElement).addEventListener('click', () => {
    set(true)
    // Where the browser refuses, the page still fills its window.
    document.documentElement.requestFullscreen().catch(() => undefined)
  })
  leave.addEventListener('click', () => {
    set(false)
    if (document.fullscreenElement) void document.exitFullscreen()
  })
  document.addEventListener('fullscreenchange', () => {
    if (!document.fullscreenElement) set(false)
  })
}
