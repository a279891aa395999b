/** `details[data-menu]`: only one is open at a time, it closes after use, and the arrow keys move through it. */
import { all, closest, seek } from './dom.ts'

const ITEMS = '.menu-items :is(a, button)'

export function handleMenus(): void {
  document.addEventListener('click', (event) => {
    const inside = menuOf(event.target)
    for (const menu of openMenus()) if (menu !== inside) menu.open = false
  })
  // The event of an element that opens does not bubble.
  document.addEventListener('toggle', ({ target }) => keepInWindow(menuOf(target)), true)
  document.addEventListener('focusout', (event) => {
    const menu = menuOf(event.target)
    // The focus moved elsewhere in the page, not out of the window.
    if (menu?.open === true && event.relatedTarget instanceof Node && !menu.contains(event.relatedTarget)) menu.open = false
  })
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') for (const menu of openMenus()) leaveMenu(menu)
    moveInMenu(event)
  })
}

/** Pixels between a menu and the edge of the window. */
const MARGIN = 8

/** Moves a menu that is open beside its button, where it would reach out of the window. */
function keepInWindow(menu: HTMLDetailsElement | undefined): void {
  const items = menu && seek('.menu-items', HTMLElement, menu)
  if (!items || !menu.open) return
  items.style.translate = ''
  const { left, right } = items.getBoundingClientRect()
  const over = Math.max(0, right + MARGIN - document.documentElement.clientWidth)
  const shift = left < MARGIN ? MARGIN - left : -over
  if (shift !== 0) items.style.translate = `${shift}px 0`
}

/** Closes the menu around an element, if there is one, and focuses its button. */
export function leaveMenuOf(target: EventTarget | null): void {
  const menu = menuOf(target)
  if (menu) leaveMenu(menu)
}

const menuOf = (target: EventTarget | null): HTMLDetailsElement | undefined => closest(target, 'details[data-menu]', HTMLDetailsElement)
const openMenus = (): HTMLDetailsElement[] => all('details[data-menu][open]', HTMLDetailsElement)

function leaveMenu(menu: HTMLDetailsElement): void {
  seek('summary', HTMLElement, menu)?.focus()
  menu.open = false
}

/** Down opens a menu and moves forward in it, cyclically; up moves back. */
function moveInMenu(event: KeyboardEvent): void {
  const menu = menuOf(event.target)
  if (!menu || event.ctrlKey || event.metaKey || event.altKey) return
  if (event.key === 'ArrowDown' && !menu.open) menu.open = true
  if (!menu.open) return
  const items = all(ITEMS, HTMLElement, menu)
  const at = items.findIndex((item) => item === document.activeElement)
  const to: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowUp: at < 0 ? items.length - 1 : at - 1,
    Home: 0,
    End: items.length - 1,
  }
  const next = to[event.key]
  if (next === undefined) return
  event.preventDefault()
  items.at(next % items.length)?.focus()
}
