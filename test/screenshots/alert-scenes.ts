import type { Lab } from '../support/lab.ts'
import type { Scene } from './scenes.ts'

/** After the greenhouse of sequence-scenes.ts. */
const PATH = '/lab/greenhouse/temperature'

async function makeAlerts(lab: Lab): Promise<void> {
  for (const address of ['yan.with.a.rather.long.address@department.example.org', 'yara@example.com']) await lab.user(address)
  await lab.post('/alerts', {
    path: PATH,
    kind: 'outside',
    low: 12,
    high: 30,
    for_seconds: 600,
    hysteresis: 1,
    name: 'too warm or too cold for tomatoes',
    recipients: ['yara@example.com', '+15551234567', 'https://chat.example.com/hooks/greenhouse'],
  })
  await lab.post('/alerts', { path: PATH, kind: 'silent', for_seconds: 1_800, recipients: ['yara@example.com'], enabled: false })
  await lab.post('/alerts', { path: PATH, kind: 'above', value: 10, recipients: ['admin@example.com'] })
  await lab.put('/resources', { values: { [PATH]: 24.5 } })
  await lab.daemon.runWorkers()
}

const tried = /would not have been on|would have been on (?:once|\d)/

export const alertScenes: readonly Scene[] = [
  { name: 'alerts', path: `${PATH}?view=alerts`, prepare: makeAlerts },
  {
    name: 'alert-new',
    path: `${PATH}?view=alert`,
    act: async (page) => {
      await page.getByLabel('Limit (°C)').fill('26')
      await page.getByLabel('For how long').fill('10m')
      await page.getByText(tried).scrollIntoViewIfNeeded()
    },
  },
  {
    name: 'alert-refused',
    path: `${PATH}?view=alert`,
    act: async (page) => {
      await page.getByRole('checkbox', { name: 'admin@example.com' }).uncheck()
      await page.getByLabel('For how long').fill('soon')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByRole('alert').waitFor()
    },
  },
  {
    name: 'alert-changed',
    path: `${PATH}?view=alert&name=${encodeURIComponent('too warm or too cold for tomatoes')}`,
    act: async (page) => {
      await page.getByText(tried).scrollIntoViewIfNeeded()
    },
  },
  { name: 'alert-of-controller', path: `/lab/${encodeURIComponent('pump house')}?view=alert` },
  { name: 'alerts-none', path: '/lab/greenhouse/humidity?view=alerts' },
]
