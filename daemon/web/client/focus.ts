/** Keeps the keyboard focus while parts of the page are replaced. */
import { all } from './dom.ts'

const FOCUSABLE =
  'a[href], button:not([disabled]), input:not([disabled]), select:not([disabled]), textarea:not([disabled]), summary, [tabindex="0"]'

/** The elements of a part of the page that the keyboard can reach, in order. */
const reachable = (place: ParentNode): HTMLElement[] =>
  all(FOCUSABLE, HTMLElement, place).filter((element) => element.getClientRects().length > 0)

const nameOf = (element: HTMLElement): string => `${element.tagName} ${element.getAttribute('aria-label') ?? element.textContent}`

/**
 * Like `place.replaceChildren(…)`, but keeps a focus inside: on the element with the same name, or else on the one at the same position, so
 * that keyboard users don't have to start from the beginning of the page.
 * @param otherwise gets the focus when no element is left inside
 */
export function replaceChildren(place: HTMLElement, children: Iterable<Node | string>, otherwise?: HTMLElement): void {
  const active = document.activeElement
  if (!(active instanceof HTMLElement) || active === place || !place.contains(active)) return place.replaceChildren(...children)
  const at = reachable(place).indexOf(active)
  const name = nameOf(active)
  place.replaceChildren(...children)
  const left = reachable(place)
  const next = left.find((element) => nameOf(element) === name) ?? left[Math.min(Math.max(at, 0), left.length - 1)] ?? otherwise
  next?.focus({ preventScroll: true })
}
