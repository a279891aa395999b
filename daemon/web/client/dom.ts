/** Small helpers for the document. Content from people or controllers only ever becomes text, never HTML. */

type ElementClass<E extends Element> = new () => E

/** The element that matches, checked for its class. @throws Error when the page has none */
export function need<E extends Element>(selector: string, kind: ElementClass<E>, within: ParentNode = document): E {
  const found = within.querySelector(selector)
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} ${selector}`)
  return found
}

/** Like {@link need}; undefined when there is none. */
export function seek<E extends Element>(selector: string, kind: ElementClass<E>, within: ParentNode = document): E | undefined {
  const found = within.querySelector(selector)
  return found instanceof kind ? found : undefined
}

export function all<E extends Element>(selector: string, kind: ElementClass<E>, within: ParentNode = document): E[] {
  return [...within.querySelectorAll(selector)].filter((found): found is E => found instanceof kind)
}

/** The element itself or its nearest ancestor that matches; for listeners on the document. */
export function closest<E extends Element>(target: EventTarget | null, selector: string, kind: ElementClass<E>): E | undefined {
  const found = target instanceof Element ? target.closest(selector) : null
  return found instanceof kind ? found : undefined
}

/** Creates an element. `text` becomes text; attributes whose value is undefined are left out. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(name, value)
  element.append(...children)
  return element
}

/** The state that the server passed to the page's script (`state` of its Page). @throws Error when there is none */
export function readState<T>(): T {
  return JSON.parse(need('#page-state', HTMLScriptElement).textContent) as T
}
