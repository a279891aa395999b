/** Short messages at the bottom of the page, which screen readers speak. */
import { make, need } from './dom.ts'

export interface ToastOptions {
  tone?: 'danger'
  /** A button beside the text: "Undo". */
  action?: { text: string; act: () => void; isUndo?: boolean }
  /** How long it stays; by default errors and messages with a button stay longer. */
  milliseconds?: number
}

export function toast(
  text: string,
  { tone, action, milliseconds = tone === 'danger' || action ? 10_000 : 4_000 }: ToastOptions = {},
): void {
  const element = make(
    'div',
    { class: tone === 'danger' ? 'toast is-danger' : 'toast', role: tone === 'danger' ? 'alert' : undefined },
    make('span', {}, text),
  )
  const end = (): void => element.remove()
  // It stays as long as the pointer or the focus is on it.
  const leave = (): void => void (element.matches(':hover, :focus-within') ? setTimeout(leave, 1_000) : end())
  if (action) {
    const button = make(
      'button',
      { type: 'button', ...(action.isUndo === true ? { 'data-undo': '', 'aria-keyshortcuts': 'Control+Z Meta+Z', title: 'Ctrl+Z' } : {}) },
      action.text,
    )
    button.addEventListener('click', () => {
      end()
      action.act()
    })
    element.append(button)
  }
  need('#toasts', HTMLElement).append(element)
  setTimeout(leave, milliseconds)
}

/** What went wrong, in the server's words if there are any. */
export const explain = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export const toastError = (error: unknown): void => toast(explain(error), { tone: 'danger' })
