/** Lists that change by themselves: fetches the elements with `data-refresh` again from time to time. */
import { showConnection } from './connection-banner.ts'
import { refresh } from './refresh.ts'
import { toastError } from './toasts.ts'

const INTERVAL = 15_000
let isLost = false

const renew = (): void => {
  if (document.visibilityState !== 'visible') return
  refresh().then(
    () => {
      if (isLost) showConnection('back')
      isLost = false
    },
    (error: unknown) => {
      // Only a TypeError means that the server is out of reach; a refusal is another error.
      if (error instanceof TypeError) {
        isLost = true
        showConnection('lost')
      } else toastError(error)
    },
  )
}

export function renewNowAndThen(): void {
  setInterval(renew, INTERVAL)
  document.addEventListener('visibilitychange', renew)
  addEventListener('online', renew)
}
