/** The service worker: shows alarms that web push brings, and opens their page. It keeps nothing and answers no requests of pages. */

interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void
}
interface PushEvent extends Lasting {
  readonly data: { json(): unknown } | null
}
interface NotificationEvent extends Lasting {
  readonly notification: Notification
}
interface PageClient {
  readonly url: string
  focus(): Promise<unknown>
}
/** What a service worker has in place of a window. */
declare const registration: ServiceWorkerRegistration
declare const clients: {
  matchAll(options: { type: 'window'; includeUncontrolled: boolean }): Promise<PageClient[]>
  openWindow(url: string): Promise<unknown>
}

const field = (shown: unknown, name: string): string => {
  const value: unknown = typeof shown === 'object' && shown !== null ? Object.entries(shown).find(([key]) => key === name)?.[1] : undefined
  return typeof value === 'string' ? value : ''
}

addEventListener('push', (event) => {
  const push = event as PushEvent
  const shown = push.data?.json()
  const isUrgent = typeof shown === 'object' && shown !== null && 'urgent' in shown && shown.urgent === true
  push.waitUntil(
    registration.showNotification(field(shown, 'title') || 'Alarm', {
      body: field(shown, 'body'),
      tag: field(shown, 'tag'),
      data: field(shown, 'path'),
      requireInteraction: isUrgent,
    }),
  )
})

addEventListener('notificationclick', (event) => {
  const click = event as NotificationEvent
  click.notification.close()
  const data: unknown = click.notification.data
  const path = typeof data === 'string' && data.startsWith('/') ? data : '/'
  click.waitUntil(open(path.split('/').map(encodeURIComponent).join('/')))
})

/** Brings the page to the front that shows it, or opens one. */
async function open(path: string): Promise<void> {
  const address = location.origin + path
  const shown = (await clients.matchAll({ type: 'window', includeUncontrolled: true })).find(({ url }) => url === address)
  await (shown ? shown.focus() : clients.openWindow(address))
}
