/** The form of an alert: shows a trial of the rule while the user types, using the page of the button "Try it". */
import './main.ts'
import { currentCsrfToken, shouldRetry } from '../api.ts'
import { need, seek } from '../dom.ts'
import { toastError } from '../toasts.ts'

const DELAY = 400
const form = need('#alert-form', HTMLFormElement)
const place = seek('#trial', HTMLElement)
const button = seek('#try', HTMLButtonElement)
let timer: ReturnType<typeof setTimeout> | undefined
let running: AbortController | undefined

async function tryOut(): Promise<void> {
  if (!place) return
  running?.abort()
  const mine = (running = new AbortController())
  place.setAttribute('aria-busy', 'true')
  try {
    const text = await readTrial(mine.signal)
    const fresh = new DOMParser().parseFromString(text, 'text/html').getElementById('trial')
    if (fresh) place.replaceChildren(...fresh.childNodes)
    else place.textContent = 'It could not be tried. What you typed stays here.'
  } catch {
    if (mine.signal.aborted) return
    place.textContent = 'It could not be tried: the server was not reached. What you typed stays here.'
  }
  place.removeAttribute('aria-busy')
}

async function readTrial(signal: AbortSignal): Promise<string> {
  const body = new URLSearchParams([...new FormData(form)].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])))
  body.set('act', 'try')
  const response = await fetch(form.action, { method: 'POST', body, credentials: 'same-origin', signal })
  return response.text()
}

/**
 * Call it before sending: if the session has ended, asks the user to sign in again, so that nothing typed is lost. @returns whether they
 * are signed in
 */
async function isSignedIn(): Promise<boolean> {
  await shouldRetry(new Response(null, { status: 403 }), 'POST')
  need('[name="csrf_token"]', HTMLInputElement, form).value = currentCsrfToken()
  return (await fetch('/api/v1/sessions', { credentials: 'same-origin' })).ok
}

let sending: 'no' | 'asking' | 'yes' | 'sent' = 'no'
form.addEventListener('submit', (event) => {
  const { submitter } = event
  if (!(submitter instanceof HTMLButtonElement)) return
  if (sending === 'no') void send(submitter)
  // Send it only once, however often it is clicked.
  if (sending === 'yes') sending = 'sent'
  else event.preventDefault()
})

async function send(submitter: HTMLButtonElement): Promise<void> {
  sending = 'asking'
  submitter.classList.add('is-busy')
  try {
    if (await isSignedIn()) {
      sending = 'yes'
      form.requestSubmit(submitter)
      return
    }
  } catch (error) {
    toastError(error)
  }
  sending = 'no'
  submitter.classList.remove('is-busy')
}

// The page was restored by the browser's back button.
addEventListener('pageshow', () => {
  sending = 'no'
  for (const one of form.querySelectorAll('.is-busy')) one.classList.remove('is-busy')
})
form.addEventListener('input', () => {
  clearTimeout(timer)
  timer = setTimeout(() => void tryOut(), DELAY)
})
button?.addEventListener('click', (event) => {
  event.preventDefault()
  clearTimeout(timer)
  void tryOut()
})
// Try an existing rule at once.
if (new URLSearchParams(location.search).has('name')) void tryOut()
