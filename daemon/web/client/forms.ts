/** Forms that a page's script handles: errors are shown inside them. */
import { withLabels } from '../shared/field-labels.ts'
import { seek } from './dom.ts'
import { explain, toastError } from './toasts.ts'

/** The texts of a form's fields, by name; an empty one with `data-when-empty` says what it means. */
export function fieldsOf(form: HTMLFormElement): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const [name, value] of new FormData(form)) {
    const element = form.elements.namedItem(name)
    const meant = element instanceof HTMLElement ? element.dataset['whenEmpty'] : undefined
    if (name !== 'csrf_token' && typeof value === 'string') fields[name] = value === '' && meant !== undefined ? meant : value
  }
  return fields
}

/** Calls `act` instead of sending the form, if the page has it; an error is shown in the form until the next attempt. */
export function onSubmit(selector: string, act: () => Promise<void>): void {
  const form = seek(selector, HTMLFormElement)
  form?.addEventListener('submit', (event) => {
    event.preventDefault()
    hideProblem(form)
    act().catch((error: unknown) => showProblem(form, error))
  })
}

/** Shows an error inside the form, if it has a place for it (`[data-problem]`), otherwise as a toast. */
export function showProblem(form: HTMLFormElement, error: unknown): void {
  const place = seek('[data-problem]', HTMLElement, form)
  if (!place) return toastError(error)
  const fields = [...form.elements].map((element) => element.getAttribute('name') ?? '')
  place.textContent = withLabels(explain(error), fields)
  place.hidden = false
}

export function hideProblem(form: HTMLFormElement): void {
  const place = seek('[data-problem]', HTMLElement, form)
  if (place) place.hidden = true
}
