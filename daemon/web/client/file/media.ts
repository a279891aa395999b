/** Replaces a player for sound or video that the browser can't play by a notice that says what to do. */
import { all, make } from '../dom.ts'

export function watchMedia(): void {
  for (const player of all('.media', HTMLMediaElement)) {
    const tell = (): void => {
      const notice = make(
        'p',
        { class: 'notice is-warning', role: 'alert' },
        'This browser can’t play what is in this file. Download it, and open it with a program that can.',
      )
      player.replaceWith(notice)
    }
    // `networkState` says nothing here: it is NETWORK_NO_SOURCE too in the moment before the browser begins to load.
    if (player.error) tell()
    else player.addEventListener('error', tell)
  }
}
