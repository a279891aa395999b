/**
 * Handles the `data-…` attributes that every page may use; see README.md. All listeners are on the document, so they also work for elements
 * that are added later.
 */
import { folderNameOf } from '../../../src/base/folder-name.ts'
import { formatAge } from '../shared/format.ts'
import { all, closest, seek } from './dom.ts'
import { call } from './api.ts'
import { fieldsOf, showProblem } from './forms.ts'
import { handleMenus, leaveMenuOf } from './menus.ts'
import { toast, toastError } from './toasts.ts'

export function enhance(): void {
  document.addEventListener('click', (event) => {
    openDialog(event)
    closeDialog(event)
    copyText(event)
    shareState(event)
  })
  document.addEventListener('input', proposeFolder)
  document.addEventListener('keydown', (event) => {
    undoNewest(event)
    if (event.key === '/' && !isTyping(event.target)) {
      const search = seek('#site-search', HTMLInputElement)
      if (search && search.offsetParent !== null) {
        event.preventDefault()
        search.focus()
      }
    }
  })
  document.addEventListener('submit', (event) => {
    chooseTheme(event)
    if (!event.defaultPrevented) confirmFirst(event)
    if (!event.defaultPrevented) sendToApi(event)
  })
  handleMenus()
  setInterval(renewAges, 5_000)
  showCurrentTab()
  document.addEventListener('visibilitychange', renewAges)
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    (/^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !(target instanceof HTMLInputElement && target.type === 'checkbox')))

/** `data-dialog="ID"` */
function openDialog(event: Event): void {
  const button = closest(event.target, '[data-dialog]', HTMLElement)
  const dialog = document.getElementById(button?.dataset['dialog'] ?? '')
  if (!button || !(dialog instanceof HTMLDialogElement)) return
  event.preventDefault()
  // Return the focus to the menu's button: an element in a closed menu can't have it.
  leaveMenuOf(button)
  dialog.showModal()
  seek('[autofocus]', HTMLElement, dialog)?.focus()
}

/** `data-named-after="FIELD"`: proposes the name of a folder while another field is typed, until somebody types in its own. */
function proposeFolder({ target }: Event): void {
  if (!(target instanceof HTMLInputElement) || !target.form) return
  if (target.dataset['namedAfter'] !== undefined) target.dataset['typed'] = ''
  for (const field of all('[data-named-after]', HTMLInputElement, target.form)) {
    if (field.dataset['namedAfter'] !== target.name || (field.dataset['typed'] !== undefined && field.value !== '')) continue
    delete field.dataset['typed']
    field.value = folderNameOf(target.value)
  }
}

/** `data-share` on a link: takes the state of the page along, as its address has it. */
function shareState(event: Event): void {
  const link = closest(event.target, '[data-share]', HTMLAnchorElement)
  if (!link) return
  const address = new URL(link.href)
  address.searchParams.set('query', location.search.slice(1))
  link.href = address.href
}

function closeDialog(event: Event): void {
  // A click on the backdrop is a click on the dialog itself.
  const dialog =
    closest(event.target, '[data-close]', HTMLElement)?.closest('dialog') ??
    (event.target instanceof HTMLDialogElement && event.type === 'click' && isOutside(event, event.target) ? event.target : undefined)
  dialog?.close()
}

function isOutside(event: Event, dialog: HTMLDialogElement): boolean {
  if (!(event instanceof MouseEvent) || event.detail === 0) return false
  const { left, right, top, bottom } = dialog.getBoundingClientRect()
  return event.clientX < left || event.clientX > right || event.clientY < top || event.clientY > bottom
}

/** `data-copy="TEXT"` */
function copyText(event: Event): void {
  const button = closest(event.target, '[data-copy]', HTMLElement)
  if (!button) return
  const text = button.dataset['copy'] ?? ''
  copy(text).then(
    () => toast('Copied.'),
    () => toast('This browser does not let pages copy here: select the text and copy it yourself.', { tone: 'danger' }),
  )
}

/** Browsers allow the clipboard only for pages over https or from the machine itself. */
async function copy(text: string): Promise<void> {
  if (window.isSecureContext) return navigator.clipboard.writeText(text)
  const field = document.createElement('textarea')
  field.value = text
  document.body.append(field)
  field.select()
  const isDone = document.execCommand('copy')
  field.remove()
  if (!isDone) throw new Error('copying was refused')
}

/** Ctrl+Z, outside of fields: activates the undo button of the newest toast. */
function undoNewest(event: KeyboardEvent): void {
  if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.key.toLowerCase() !== 'z' || isTyping(event.target))
    return
  const button = all('.toast [data-undo]', HTMLButtonElement).at(-1)
  if (!button) return
  event.preventDefault()
  button.click()
}

/** `form[data-confirm="QUESTION"]` */
function confirmFirst(event: SubmitEvent): void {
  const form = closest(event.target, 'form[data-confirm]', HTMLFormElement)
  if (form && !window.confirm(form.dataset['confirm'])) event.preventDefault()
}

/**
 * `form[data-api="METHOD /path"]` sends its fields to the API instead of the page. Afterwards: `data-then="reload"` (the default),
 * `data-then="/address"`, or with `data-then="event"` an event `api-done` on the form with the answer.
 */
function sendToApi(event: SubmitEvent): void {
  const form = closest(event.target, 'form[data-api]', HTMLFormElement)
  if (!form) return
  event.preventDefault()
  const [method = 'POST', path = ''] = (form.dataset['api'] ?? '').split(' ', 2)
  const button = event.submitter
  button?.classList.add('is-busy')
  call(method as 'POST' | 'PUT' | 'DELETE', path, fieldsOf(form))
    .then((answer) => finish(form, answer))
    .catch((error: unknown) => showProblem(form, error))
    .finally(() => button?.classList.remove('is-busy'))
}

function finish(form: HTMLFormElement, answer: unknown): void {
  const then = form.dataset['then'] ?? 'reload'
  if (then === 'event') form.dispatchEvent(new CustomEvent('api-done', { detail: answer, bubbles: true }))
  else if (then === 'reload') location.reload()
  else location.assign(then)
}

/** `form[data-theme-choice]` */
function chooseTheme(event: SubmitEvent): void {
  const form = closest(event.target, 'form[data-theme-choice]', HTMLFormElement)
  const button = event.submitter
  if (!form || !(button instanceof HTMLButtonElement)) return
  event.preventDefault()
  document.documentElement.dataset['theme'] = button.value
  for (const other of all('button', HTMLButtonElement, form)) other.setAttribute('aria-pressed', String(other === button))
  document.dispatchEvent(new CustomEvent('theme-changed'))
  const body = new URLSearchParams({ theme: button.value })
  for (const [name, value] of new FormData(form)) if (typeof value === 'string') body.set(name, value)
  fetch(form.action, { method: 'POST', body, redirect: 'manual', credentials: 'same-origin' }).catch(toastError)
}

/** On a phone tabs scroll, and the current one may be out of view. */
function showCurrentTab(): void {
  for (const tabs of all('.tabs', HTMLElement)) {
    const current = seek('[aria-current]', HTMLElement, tabs)
    if (current) tabs.scrollLeft = current.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - current.offsetWidth) / 2
  }
}

/** `time[data-age]` */
function renewAges(): void {
  if (document.visibilityState !== 'visible') return
  const now = Date.now()
  for (const element of all('time[data-age]', HTMLTimeElement)) {
    const text = formatAge(Date.parse(element.dateTime), now)
    if (element.textContent !== text) element.textContent = text
  }
}
