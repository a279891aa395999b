/** Writes a text where it is another one: to write the same would have the browser lay the page out again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}
