import type { Lab } from '../support/lab.ts'
import type { Scene } from './scenes.ts'

/** A controller with all that one may have, and one that is silent. */
async function makeController(lab: Lab): Promise<void> {
  const pump = await lab.controller('pump house')
  await lab.controller('greenhouse with a long name, by the old mill')
  await lab.sequence('/lab/pump house/log', 2)
  await lab.sequence('/lab/pump house/water level', 1, { units: 'cm', decimal_places: 1 })
  const lines = [
    'info: started, firmware 2.4.1',
    'info: 12 sensors found on bus 1',
    'warning: sensor 7 answered late, retry 1 of 3',
    'info: calibration loaded from 2026-01-12',
    'ERROR: pump 2 draws 4.2 A, above its limit of 4 A; switched off',
    'info: pump 2 switched on again after 60 s',
  ]
  for (const line of lines) await pump.put('/resources', { values: { '/lab/pump house/log': line } })
  await pump.put('/resources', { values: { '/lab/pump house/water level': 128.4 } })
  await pump.put('/resources/lab/pump house', {
    status: {
      firmware: '2.4.1',
      uptime_seconds: 864_120,
      free_disk_space: 11_250_332_672,
      pumps: { 1: 'on', 2: 'off after 4.2 A' },
      note: '<b>HTML is shown as it is</b>',
      timestamp_correction: 312,
    },
  })
  await lab.put('/resources/lab/pump house', {
    system_attributes: { watchdog_minutes: 15, watchdog_recipients: 'ann@example.com, +15551234567' },
  })
  await lab.post('/alerts', {
    path: '/lab/pump house/water level',
    kind: 'outside',
    low: 40,
    high: 180,
    for_seconds: 300,
    recipients: ['ann@example.com'],
  })
  await lab.post('/keys', { access_as_controller_id: pump.id })
}

const at = (view: string): string => `/lab/${encodeURIComponent('pump house')}?view=${view}`

export const controllerScenes: readonly Scene[] = [
  { name: 'controller', path: `/lab/${encodeURIComponent('pump house')}`, prepare: makeController },
  { name: 'controller-state', path: at('state') },
  { name: 'controller-watching', path: at('watching') },
  { name: 'controller-keys', path: at('keys') },
  {
    name: 'controller-key-made',
    path: at('keys'),
    act: async (page) => {
      await page.getByRole('button', { name: 'Make a key' }).click()
      await page.getByLabel('Secret key').waitFor()
    },
  },
  {
    name: 'controller-messages',
    path: at('messages'),
    act: async (page) => {
      await page.locator('html[data-live="on"]').waitFor({ state: 'attached' })
      await page.getByLabel('Type').fill('set_pump')
      await page.getByLabel('Parameters').fill('{"pump": 2, "on": true}')
      await page.getByRole('button', { name: 'Send' }).click()
      await page.locator('.message.is-sent').waitFor()
    },
  },
  { name: 'controllers', path: '/-/controllers' },
  {
    name: 'home-silent',
    path: '/',
    prepare: async (lab) => {
      const freezer = await lab.controller('freezer -80')
      await lab.put('/resources/lab/freezer -80', {
        system_attributes: { watchdog_minutes: 0.0001, watchdog_recipients: 'ann@example.com' },
      })
      await freezer.put('/resources/lab/freezer -80', { status: { ok: true } })
      await lab.post('/resources', { path: '/lab', name: 'weather', type: 'basic_folder' })
      await lab.put('/resources/lab/weather', { permissions: [[100, 0, 10]] })
      await lab.put('/resources/system/home.md', { permissions: [[100, 0, 10]] })
    },
  },
  { name: 'home-stranger', path: '/', signedOut: true },
  {
    name: 'offline',
    path: '/lab',
    act: async (page) => {
      await page.evaluate("dispatchEvent(new Event('offline'))")
      await page.getByText('This device is offline').waitFor()
    },
  },
]
