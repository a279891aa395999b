/** Alerts made, tried, changed, turned off and removed on pages. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { refOf } from '../../src/sequences/sequences.ts'
import { HOUR, MINUTE } from '../../src/base/time.ts'
import type { Lab } from '../support/lab.ts'
import { PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab } from '../support/web-lab.ts'

const PATH = '/lab/fridge/temperature'
const amy = { user: 'amy@example.com', password: 'correct-horse-9' }

/** A fridge that was too warm three times in the last days, for ten minutes each. */
async function makeFridge(lab: Lab): Promise<void> {
  await lab.controller('fridge')
  const sequence = await lab.sequence(PATH, 1, { units: 'C', decimal_places: 1 })
  const now = lab.ctx.clock.now()
  const values = Array.from({ length: 600 }, (_, at) => ({
    sequence: refOf(sequence),
    time: now - 2 * HOUR * 24 + at * MINUTE,
    value: at % 200 >= 100 && at % 200 < 110 ? 9 : 4,
  }))
  await lab.ctx.sequences.append(values)
}

const said = (page: Page, text: string): Promise<void> => page.getByRole('status').getByText(text).waitFor()
const rulesOf = (lab: Lab, path = PATH) => lab.ctx.tree.find(path)?.alerts?.map(({ fields }) => fields) ?? []

test('an alert is made on a sequence’s page, tried while it is typed, on a phone in the dark, by keyboard', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await makeFridge(lab)
  await lab.user(amy.user)
  const page = await visit(PATH, { ...PHONE, viewport: { width: 360, height: 740 }, colorScheme: 'dark' })
  await requireNoSidewaysScroll(page, 'a sequence')
  await page.getByRole('link', { name: 'Alerts', exact: true }).click()
  await page.getByText('No alerts').waitFor()
  await requireAccessible(page, 'no alerts')
  await requireNoSidewaysScroll(page, 'no alerts')
  await page.getByRole('link', { name: 'New alert' }).click()
  await page.getByRole('heading', { name: 'New alert' }).waitFor()
  await requireAccessible(page, 'a new alert')
  await requireNoSidewaysScroll(page, 'a new alert')
  assert.equal(await page.getByLabel('Least that is fine (°C)').isVisible(), false, 'what belongs to another kind')
  const trial = page.getByRole('region', { name: 'Trial' })

  await page.getByLabel('Name').fill('too warm')
  await page.getByLabel('For how long').fill('soon')
  await page.getByRole('checkbox', { name: 'admin@example.com' }).uncheck()
  await page.getByLabel('For how long').press('Enter')
  await page.getByRole('alert').getByText('it is said beside the fields').waitFor()
  const wrong = async (label: string): Promise<string> =>
    page
      .locator(`[id="${(await page.getByLabel(label, { exact: true }).getAttribute('aria-describedby'))?.split(' ')[0] ?? ''}"]`)
      .innerText()
  assert.equal(await wrong('Limit (°C)'), 'A number is missing.')
  assert.match(await wrong('For how long'), /^"soon" is not a length of time/)
  assert.match(await wrong('Others'), /^Whom should it tell\?/)
  assert.equal(await page.evaluate<string>('document.activeElement.name'), 'value')
  assert.deepEqual(
    [
      await page.getByLabel('Name').inputValue(),
      await page.getByLabel('For how long').inputValue(),
      await page.getByRole('checkbox', { name: 'admin@example.com' }).isChecked(),
    ],
    ['too warm', 'soon', false],
    'nothing typed is lost',
  )
  await requireAccessible(page, 'a refused alert')
  await requireNoSidewaysScroll(page, 'a refused alert')

  await page.keyboard.type('8')
  await page.keyboard.press('Tab')
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type('5m')
  await trial.getByText('It would have been on 3 times in the last week.').waitFor()
  await trial.getByText('600 values').waitFor()
  assert.match((await trial.locator('li').first().innerText()).replaceAll('\u202f', ' '), /^\d{4}-\d\d-\d\d .* UTC to .* UTC, at 9\.0 °C$/)
  await page.getByLabel('For how long').fill('15m')
  await trial.getByText('It would not have been on in the last week.').waitFor()
  await page.getByLabel('For how long').fill('5m')
  await page.getByRole('checkbox', { name: amy.user }).check()
  await page.getByRole('textbox', { name: 'Others' }).fill('nobody')
  await page.getByRole('button', { name: 'Save' }).click()
  // Its script asks whether the session lives before the form goes: the page changes some time after the click.
  await page.getByText('"nobody" is neither an e-mail address nor a phone number').waitFor()
  assert.match(await wrong('Others'), /"nobody" is neither an e-mail address nor a phone number/)
  await page.getByRole('textbox', { name: 'Others' }).fill('+15551234567, https://chat.example.com/hook')
  await page.getByRole('textbox', { name: 'Others' }).press('Enter')
  await said(page, 'The alert was made.')
  assert.deepEqual(rulesOf(lab), [
    {
      name: 'too warm',
      kind: 'above',
      value: 8,
      hysteresis: 0,
      for_seconds: 300,
      quiet_seconds: 600,
      recipients: [amy.user, '+15551234567', 'https://chat.example.com/hook'],
      enabled: true,
    },
  ])
  await page.getByText('above 8\u202f°C for 5m').waitFor()
  await requireAccessible(page, 'a list of alerts')
  await requireNoSidewaysScroll(page, 'a list of alerts')
})

test('an alert is changed, turned off and on, and removed; a name that is taken is said beside it', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await makeFridge(lab)
  await lab.post('/alerts', { path: PATH, kind: 'above', value: 8, for_seconds: 300, recipients: ['admin@example.com', 'bob@example.com'] })
  await lab.post('/alerts', { path: PATH, kind: 'silent', for_seconds: 1_800, name: 'nothing', recipients: ['bob@example.com'] })
  const page = await visit(`${PATH}?view=alerts`)
  await page.getByRole('link', { name: `Change above 8 of ${PATH}` }).click()
  assert.deepEqual(
    [
      await page.getByLabel('Limit (°C)').inputValue(),
      await page.getByLabel('For how long').inputValue(),
      await page.getByRole('checkbox', { name: 'admin@example.com' }).isChecked(),
      await page.getByRole('textbox', { name: 'Others' }).inputValue(),
      await page.getByLabel('Name').inputValue(),
    ],
    ['8', '5m', true, 'bob@example.com', ''],
  )
  await page.getByText('It would have been on 3 times in the last week').waitFor()
  await page.getByLabel('It is on when').selectOption('outside')
  assert.equal(await page.getByLabel('Limit (°C)').isVisible(), false)
  await page.getByLabel('Least that is fine (°C)').fill('2')
  await page.getByLabel('Most that is fine (°C)').fill('1')
  await page.getByLabel('Hysteresis (°C)').fill('0.5')
  await page.getByText('To try it, put right first: Least that is fine: low is 2, above high').waitFor()
  await page.getByLabel('Most that is fine (°C)').fill('8')
  await page.getByLabel('Name').fill('nothing')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.locator('#field-name-problem').getByText('has an alert named "nothing" already').waitFor()
  assert.equal(await page.getByLabel('Most that is fine (°C)').inputValue(), '8')
  await page.getByLabel('Name').fill('')
  await page.getByRole('button', { name: 'Save' }).click()
  await said(page, 'The alert was changed.')
  assert.deepEqual(rulesOf(lab)[0], {
    name: 'outside 2..8',
    kind: 'outside',
    low: 2,
    high: 8,
    hysteresis: 0.5,
    for_seconds: 300,
    quiet_seconds: 600,
    recipients: ['admin@example.com', 'bob@example.com'],
    enabled: true,
  })

  const row = page.getByRole('row').filter({ hasText: 'outside 2 to 8' })
  await row.getByRole('button', { name: 'Turn off' }).click()
  await said(page, 'The alert was turned off')
  await row.getByText('Turned off').waitFor()
  assert.equal(rulesOf(lab)[0]?.enabled, false)
  await requireAccessible(page, 'an alert that is turned off')
  await row.getByRole('button', { name: 'Turn on' }).click()
  await said(page, 'The alert was turned on')
  page.once('dialog', (dialog) => void dialog.accept())
  await row.getByRole('button', { name: 'Remove' }).click()
  await said(page, 'The alert was removed.')
  assert.deepEqual(
    rulesOf(lab).map(({ name }) => name),
    ['nothing'],
  )
  await page.goto(`${PATH}?view=alert&name=outside%202..8`)
  await page.getByText('has no alert named "outside 2..8"').waitFor()
})

test('on a controller’s Watching tab alerts are made on its silence and on its sequences, without script', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await makeFridge(lab)
  await lab.sequence('/lab/fridge/log', 2)
  const page = await visit('/lab/fridge?view=watching', { javaScriptEnabled: false })
  await page.getByLabel('A new alert on').selectOption('/lab/fridge')
  await page.getByRole('button', { name: 'New alert' }).click()
  await page.getByText('It is on when nothing is heard from this controller').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Try it' }).count(), 0, 'silence of controllers is not stored')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('How long may that last? Such as 30m.').waitFor()
  await page.getByLabel('For how long').fill('1h')
  await page.getByRole('button', { name: 'Save' }).click()
  await said(page, 'The alert was made.')
  assert.match(page.url(), /view=watching/)
  await page.getByText('silent for 1h').waitFor()

  await page.getByLabel('A new alert on').selectOption('/lab/fridge/log')
  await page.getByRole('button', { name: 'New alert' }).click()
  assert.deepEqual(await page.getByLabel('It is on when').locator('option').allInnerTexts(), ['the value stands still', 'no value comes'])
  await page.getByRole('link', { name: 'Cancel' }).click()
  await page.getByLabel('A new alert on').selectOption(PATH)
  await page.getByRole('button', { name: 'New alert' }).click()
  await page.getByLabel('It is on when').selectOption('below')
  await page.getByLabel('Limit (°C)').fill('5')
  await page.getByRole('button', { name: 'Try it' }).click()
  await page.getByText('It would have been on 4 times in the last week').waitFor()
  assert.deepEqual(
    [await page.getByLabel('It is on when').inputValue(), await page.getByLabel('Limit (°C)').inputValue(), rulesOf(lab).length],
    ['below', '5', 0],
    'tried, and not saved',
  )
  await page.getByRole('button', { name: 'Save' }).click()
  await said(page, 'The alert was made.')
  const row = page.getByRole('row').filter({ hasText: 'below 5' })
  await row.getByRole('button', { name: 'Turn off' }).click()
  await said(page, 'The alert was turned off')
  await row.getByRole('link', { name: 'Change' }).click()
  assert.equal(await page.getByLabel('Turned on').isChecked(), false)
  await page.getByRole('link', { name: 'Cancel' }).click()
  await page.waitForURL(/\/lab\/fridge\?view=watching$/)
  const phone = await visit('/lab/fridge?view=watching', { ...PHONE, viewport: { width: 360, height: 740 }, colorScheme: 'dark' })
  await requireAccessible(phone, 'alerts under watching')
  await requireNoSidewaysScroll(phone, 'alerts under watching')
})

test('a session that has ended is begun again in a dialog, and nothing typed is lost', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await makeFridge(lab)
  const page = await visit(`${PATH}?view=alert`)
  await page.getByLabel('Limit (°C)').fill('8')
  await page.getByText('It would have been on 3 times').waitFor()
  await lab.ctx.db.deleteFrom('sessions').execute()
  await page.getByRole('button', { name: 'Save' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Your session has ended.').waitFor()
  await dialog.getByRole('button', { name: 'Not now' }).click()
  assert.equal(await page.getByLabel('Limit (°C)').inputValue(), '8')
  await page.getByRole('button', { name: 'Save' }).click()
  await dialog.getByLabel('E-mail address or user name').fill('admin@example.com')
  await dialog.getByLabel('Password').fill('correct-horse-9')
  await dialog.getByRole('button', { name: 'Sign in' }).click()
  await said(page, 'The alert was made.')
  assert.deepEqual(
    rulesOf(lab).map(({ name }) => name),
    ['above 8'],
  )
})

test('who may not change a sequence makes no alert there and sees nobody’s address; a plain member is offered their own', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await makeFridge(lab)
  await lab.user(amy.user)
  await lab.user('ben@example.com', { member: false })
  await lab.post('/alerts', { path: PATH, kind: 'above', value: 8, recipients: ['secret@example.com'] })
  await lab.put('/resources/lab/fridge', {
    permissions: [
      [110, lab.organization.id, 20],
      [100, 0, 10],
    ],
  })
  const member = await visit(`${PATH}?view=alert`, { as: amy })
  assert.deepEqual(
    [
      await member.getByRole('checkbox', { name: amy.user }).isChecked(),
      await member.getByRole('checkbox', { name: 'admin@example.com' }).count(),
    ],
    [true, 0],
  )
  const stranger = await visit(`${PATH}?view=alerts`, { as: { ...amy, user: 'ben@example.com' } })
  await stranger.getByText('above 8').first().waitFor()
  assert.equal(await stranger.getByRole('link', { name: /^(?:New alert|Change)/ }).count(), 0)
  assert.ok(!(await stranger.content()).includes('secret@'))
  assert.equal((await stranger.goto(`${PATH}?view=alert`))?.status(), 403)
  assert.equal((await stranger.goto(`${PATH}?view=alert&name=above%208`))?.status(), 403)
  const cookie = (await stranger.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
  await stranger.goto(PATH)
  const token = await stranger.locator('meta[name="csrf-token"]').getAttribute('content')
  for (const [view, act] of [
    ['alerts', 'remove'],
    ['alerts', 'off'],
    ['alert', 'save'],
    ['alert', 'try'],
  ] as const) {
    const reply = await fetch(`${lab.url}${PATH}?view=${view}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        csrf_token: token ?? '',
        act,
        path: PATH,
        name: 'above 8',
        kind: 'above',
        value: '1',
        others: 'x@example.com',
      }),
    })
    assert.ok([400, 403].includes(reply.status), `${view} ${act} ${reply.status}`)
  }
  assert.deepEqual(
    rulesOf(lab).map(({ name, enabled }) => [name, enabled]),
    [['above 8', true]],
  )
})

test('an alert that is on is on the first page, in its folder and on its sequence; forms warn, and send tests', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.controller('fridge')
  await lab.sequence(PATH, 1, { units: 'C' })
  await lab.post('/alerts', { path: PATH, kind: 'above', value: 8, recipients: 'ann@example.com' })
  await lab.daemon.runWorkers()
  const page = await visit('/')
  assert.equal(await page.getByText('An alert is on').count(), 0)
  await page.getByText('Alarms that reach nobody:').waitFor()
  await page.getByText('The setting PRODUCTION is not true').waitFor()
  await lab.put('/resources', { values: { [PATH]: 9 } })
  await lab.daemon.runWorkers()
  for (const path of ['/', '/lab', '/lab/fridge', PATH]) {
    await page.goto(lab.url + path)
    await page.getByText('An alert is on').waitFor()
    await page.getByRole('link', { name: PATH }).waitFor()
    await requireAccessible(page, `${path} with an alert that is on`)
  }
  await page.goto(`${lab.url}/lab`)
  await page
    .getByRole('row', { name: /fridge/ })
    .getByText('Alert on')
    .waitFor()
  await page.goto(`${lab.url}/lab/fridge`)
  await page
    .getByRole('row', { name: /temperature/ })
    .getByText('Alert on')
    .waitFor()

  await page.goto(`${lab.url}${PATH}?view=alerts`)
  await page.getByText('Can’t be told now').waitFor()
  await page.getByRole('link', { name: 'Change above 8' }).click()
  await said(page, "ann@example.com can't be told now")
  await page.getByRole('button', { name: 'Send a test' }).click()
  await said(page, 'Not sent to ann@example.com: The setting PRODUCTION is not true')
  assert.equal(rulesOf(lab).length, 1)
  await requireAccessible(page, 'the form of an alert after a test')

  await lab.put('/resources/lab/fridge', { system_attributes: { watchdog_minutes: 5, watchdog_recipients: 'ann@example.com' } })
  await page.goto(`${lab.url}/lab/fridge?view=watching`)
  await page.getByRole('button', { name: 'Send them a test' }).click()
  await said(page, 'Not sent to ann@example.com: The setting PRODUCTION is not true')
  await lab.put('/resources', { values: { [PATH]: 4 } })
  await lab.daemon.runWorkers()
  await page.goto(lab.url)
  await page.getByText('My organizations').waitFor()
  assert.equal(await page.getByText('An alert is on').count(), 0)
})
