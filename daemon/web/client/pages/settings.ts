/** Switches alarms on and off for this browser, on "My settings". */
import './main.ts'
import { call, get } from '../api.ts'
import { all, need, seek } from '../dom.ts'
import { hideProblem, showProblem } from '../forms.ts'

const WORKER = '/-/push-worker.js'

interface Offer {
  public_key: string
  devices: { id: number; endpoint_hash: string }[]
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))

const hashOf = async (text: string): Promise<string> =>
  [...new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')

const canPush = 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window

const currentSubscription = async (): Promise<PushSubscription | null> =>
  canPush ? ((await (await navigator.serviceWorker.getRegistration(WORKER))?.pushManager.getSubscription()) ?? null) : null

async function switchOn(): Promise<void> {
  if (!canPush)
    throw new Error(
      isSecureContext
        ? 'This browser takes no alarms. On an iPhone or iPad, add the site to the home screen first, and open it from there.'
        : 'Browsers take alarms only from a site that they reach by https.',
    )
  if ((await Notification.requestPermission()) !== 'granted')
    throw new Error('The browser does not allow it: allow notifications of this site in its settings, then try again.')
  const { public_key: key } = await get<Offer>('/push-devices')
  const registration = await navigator.serviceWorker.register(WORKER)
  await activated(registration)
  // One that was made for another key of the server can't be used.
  await (await registration.pushManager.getSubscription())?.unsubscribe()
  const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(key) })
  await call('POST', '/push-devices', {
    subscription: subscription.toJSON(),
    name: need('[data-push-on]', HTMLFormElement).dataset['name'],
  })
}

/** Subscribing needs a worker that is at work. */
async function activated({ active, installing, waiting }: ServiceWorkerRegistration): Promise<void> {
  const worker = installing ?? waiting
  if (active || !worker) return
  await new Promise<void>((resolve, reject) => {
    worker.addEventListener('statechange', () => {
      if (worker.state === 'activated') resolve()
      if (worker.state === 'redundant') reject(new Error('The browser could not set it up. Try again.'))
    })
  })
}

/** Marks this browser in the list, and takes away what would switch it on again. */
async function markOwn(): Promise<void> {
  const subscription = await currentSubscription()
  if (!subscription) return
  const own = seek(`[data-push-device="${await hashOf(subscription.endpoint)}"]`, HTMLElement)
  if (!own) return
  need('[data-push-own]', HTMLElement, own).hidden = false
  need('[data-push-on]', HTMLFormElement).hidden = true
  own
    .closest('tr')
    ?.querySelector('form')
    ?.addEventListener('submit', () => void subscription.unsubscribe())
}

for (const form of all('form[data-push-on]', HTMLFormElement))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    hideProblem(form)
    switchOn()
      .then(() => location.assign('/-/settings?done=device'))
      .catch((error: unknown) => showProblem(form, error))
  })

void markOwn()
