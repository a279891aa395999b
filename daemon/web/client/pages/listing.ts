/** Pages that list things whose state changes by itself: what is marked with `data-refresh` is fetched anew now and then. */
import { showConnection } from '../connection-banner.ts'
import { refresh } from '../refresh.ts'
import { toastError } from '../toasts.ts'

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
      // The server is out of reach; that it refuses is another matter.
      if (error instanceof TypeError) {
        isLost = true
        showConnection('lost')
      } else toastError(error)
    },
  )
}

setInterval(renew, INTERVAL)
document.addEventListener('visibilitychange', renew)
addEventListener('online', renew)
