/** Keeping the keyboard's place while parts of the page are made anew. */
import { all } from './dom.ts'

const FOCUSABLE =
  'a[href], button:not([disabled]), input:not([disabled]), select:not([disabled]), textarea:not([disabled]), summary, [tabindex="0"]'

/** What the keyboard reaches in a part of the page, in order. */
const reachable = (place: ParentNode): HTMLElement[] =>
  all(FOCUSABLE, HTMLElement, place).filter((element) => element.getClientRects().length > 0)

const nameOf = (element: HTMLElement): string => `${element.tagName} ${element.getAttribute('aria-label') ?? element.textContent}`

/**
 * `place.replaceChildren(…)`, after which the focus is, if it was inside, on what is called the same, or else on what is
 * in its place in the order: whoever goes by keyboard is not thrown back to the beginning of the page.
 * @param otherwise where the focus goes when nothing is left inside to hold it
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
