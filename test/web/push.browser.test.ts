/** Alarms on this device: switched on, shown by the service worker, tried and switched off. The push service's own part is played. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { requireAccessible, startWebLab } from '../support/web-lab.ts'

/** Subscribing asks a push service on the internet; in its place stands a subscription as it would give it. */
const PUSH_SERVICE = `
  const made = () => localStorage.getItem('endpoint') === null ? null : Object.assign(Object.create(PushSubscription.prototype), {
    toJSON: () => ({
      endpoint: localStorage.getItem('endpoint'),
      keys: { p256dh: localStorage.getItem('p256dh'), auth: 'AAAAAAAAAAAAAAAAAAAAAA' },
    }),
    unsubscribe: async () => { localStorage.removeItem('endpoint'); return true },
  })
  Object.defineProperty(PushSubscription.prototype, 'endpoint', { get: () => localStorage.getItem('endpoint') })
  PushManager.prototype.getSubscription = async () => made()
  PushManager.prototype.subscribe = async ({ applicationServerKey: key }) => {
    if (key.length !== 65 || key[0] !== 4) throw new Error('This is no key of a server.')
    const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits'])
    const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
    const text = btoa(String.fromCharCode(...raw)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
    localStorage.setItem('p256dh', text)
    localStorage.setItem('endpoint', 'https://updates.push.services.mozilla.com/wpush/v2/x')
    return made()
  }`

test('alarms are switched on for a browser, shown, tried, offered in a rule, and switched off', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.sequence('/lab/freezer')
  const page = await visit('/-/settings')
  await page.context().grantPermissions(['notifications'])
  await page.context().addInitScript({ content: PUSH_SERVICE })
  await page.reload()
  const card = page.getByRole('region', { name: 'Alarms on this device' })
  await card.getByText('The setting PRODUCTION is not true').waitFor()
  await card.getByRole('button', { name: 'Switch on here' }).click()
  await page.getByRole('status').getByText('This device takes alarms now.').waitFor()
  await card.getByText('this one').waitFor()
  assert.equal(await card.getByRole('button', { name: 'Switch on here' }).isVisible(), false)
  await requireAccessible(page, 'my settings with a device')

  const alarm = { title: 'Freezer is above −60', body: 'since 10:00', tag: 'rhizo-1', path: '/lab/freezer', urgent: true }
  const worker = page.context().serviceWorkers()[0] ?? (await page.context().waitForEvent('serviceworker'))
  // A browser without windows has no place for notifications: what would be shown is caught.
  const shown = await worker.evaluate(`(async () => {
    const shown = []
    registration.showNotification = async (title, { body, tag, data }) => void shown.push({ title, body, tag, path: data })
    dispatchEvent(new PushEvent('push', { data: ${JSON.stringify(JSON.stringify(alarm))} }))
    return shown
  })()`)
  assert.deepEqual(shown, [{ title: alarm.title, body: alarm.body, tag: alarm.tag, path: alarm.path }])

  await card.getByRole('button', { name: 'Send me a test' }).click()
  await card.getByText('Not sent to push:admin@example.com').waitFor()

  await page.goto('/lab/freezer?view=alert')
  await page.getByLabel('Devices of admin@example.com (web push)').waitFor()

  await page.goto('/-/settings')
  await card.getByRole('button', { name: /^Switch off on/ }).click()
  await page.getByRole('status').getByText('That device takes no alarms any more.').waitFor()
  assert.equal(await card.getByRole('button', { name: 'Switch on here' }).isVisible(), true)
})
