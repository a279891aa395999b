/** The form of an alert: what it would have done shows as one types, by the page that the button "Try it" leads to. */
import { need, seek } from '../dom.ts'

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
  const body = new URLSearchParams([...new FormData(form)].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])))
  body.set('act', 'try')
  try {
    const response = await fetch(form.action, { method: 'POST', body, credentials: 'same-origin', signal: mine.signal })
    const fresh = new DOMParser().parseFromString(await response.text(), 'text/html').getElementById('trial')
    if (fresh) place.replaceChildren(...fresh.childNodes)
    else place.textContent = 'It could not be tried: sign in again in another tab; what you typed stays here.'
  } catch {
    if (mine.signal.aborted) return
    place.textContent = 'It could not be tried: the server was not reached. What you typed stays here.'
  }
  place.removeAttribute('aria-busy')
}

form.addEventListener('input', () => {
  clearTimeout(timer)
  timer = setTimeout(() => void tryOut(), DELAY)
})
button?.addEventListener('click', (event) => {
  event.preventDefault()
  clearTimeout(timer)
  void tryOut()
})
// A rule that is there already is tried at once.
if (new URLSearchParams(location.search).has('name')) void tryOut()
