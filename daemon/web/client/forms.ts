/** Forms that a page's script answers: what goes wrong shows inside them. */
import { seek } from './dom.ts'
import { explain, toastError } from './toasts.ts'

/** Acts in place of sending the form, if the page has it; a refusal shows in it until the next try. */
export function onSubmit(selector: string, act: () => Promise<void>): void {
  const form = seek(selector, HTMLFormElement)
  form?.addEventListener('submit', (event) => {
    event.preventDefault()
    hideProblem(form)
    act().catch((error: unknown) => showProblem(form, error))
  })
}

/** Inside the form, where it has a place for it (`[data-problem]`), or as a toast. */
export function showProblem(form: HTMLFormElement, error: unknown): void {
  const place = seek('[data-problem]', HTMLElement, form)
  if (!place) return toastError(error)
  place.textContent = explain(error)
  place.hidden = false
}

export function hideProblem(form: HTMLFormElement): void {
  const place = seek('[data-problem]', HTMLElement, form)
  if (place) place.hidden = true
}
