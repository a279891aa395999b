/** The editors of a text: a text field, with a preview for Markdown, or a table of cells. */
import { MAX_MARKDOWN, renderMarkdown } from '../../shared/markdown.ts'
import { need } from '../dom.ts'

export interface Pane {
  /** The whole text, with lines ending in \n. */
  text(): string
  set(text: string): void
  focus(): void
}

export class TextPane implements Pane {
  readonly #field = need('#text', HTMLTextAreaElement)

  constructor(onChange: () => void) {
    this.#field.addEventListener('input', onChange)
  }

  text(): string {
    return this.#field.value
  }
  set(text: string): void {
    this.#field.value = text
    this.#field.setSelectionRange(0, 0)
  }
  focus(): void {
    this.#field.focus()
  }
}

/** Milliseconds after the last keystroke before the preview is updated. */
const PREVIEW_DELAY = 150

/** Shows a preview of the Markdown in a pane. @returns a function to call after each change */
export function followPreview(pane: Pane, folder: string): () => void {
  const preview = need('#preview', HTMLElement)
  let waiting: number | undefined
  const show = (): void => {
    waiting = undefined
    const text = pane.text()
    // Uses the same rules as the server, which let no HTML of the text through.
    const html = new DOMParser().parseFromString(renderMarkdown(text, { folder }), 'text/html')
    preview.replaceChildren(
      ...(text.trim() === ''
        ? ['Nothing written yet.']
        : text.length > MAX_MARKDOWN
          ? ['This text is too long for a preview.']
          : html.body.childNodes),
    )
    preview.classList.toggle('is-muted', text.trim() === '' || text.length > MAX_MARKDOWN)
  }
  show()
  return () => {
    clearTimeout(waiting)
    waiting = setTimeout(show, PREVIEW_DELAY)
  }
}
