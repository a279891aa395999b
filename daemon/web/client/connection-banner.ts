/** The banner at the top of the page with the state of the connection to the server. */
import { make, need } from './dom.ts'

export type ConnectionState = 'lost' | 'offline' | 'refused' | 'back'

const TEXTS: Readonly<Record<ConnectionState, string>> = {
  lost: 'The server is out of reach. This page comes back to life by itself.',
  offline: 'This device is offline. What you see is as old as the last moment online; the page comes back to life by itself.',
  refused: 'This page hears nothing new:',
  back: 'Connected again.',
}

/** How long good news is shown, in milliseconds. */
const BACK_MS = 2_000

/**
 * Shows a state; for `back`, removes what was shown before.
 * @param reason in the server's words
 * @param signIn offered with `refused`
 */
export function showConnection(state: ConnectionState, reason = '', signIn?: () => void): void {
  const banner = need('#connection', HTMLElement)
  if (state === 'back' && banner.textContent === '') return
  banner.dataset['state'] = state
  banner.classList.toggle('is-back', state === 'back')
  banner.replaceChildren(reason === '' ? TEXTS[state] : `${TEXTS[state]} ${reason}`)
  if (signIn) {
    const button = make('button', { type: 'button', class: 'button is-small' }, 'Sign in again')
    button.addEventListener('click', signIn)
    banner.append(' ', button)
  }
  if (state !== 'back') return
  setTimeout(() => {
    if (banner.dataset['state'] === 'back') banner.replaceChildren()
  }, BACK_MS)
}

/** For pages without a connection of their own: reports at least that the network is down. */
export function watchNetwork(): void {
  addEventListener('offline', () => showConnection('offline'))
  addEventListener('online', () => {
    if (need('#connection', HTMLElement).dataset['state'] === 'offline') showConnection('back')
  })
}
