/** Short messages at the foot of the page, which screen readers speak. */
import { make, need } from './dom.ts'

export interface ToastOptions {
  tone?: 'danger'
  /** A button beside the text: "Undo". */
  action?: { text: string; act: () => void; isUndo?: boolean }
  /** How long it stays; errors stay longer. */
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
  // It stays as long as somebody is at it.
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

/** What went wrong, in the words of the server where it has some. */
export const explain = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export const toastError = (error: unknown): void => toast(explain(error), { tone: 'danger' })
