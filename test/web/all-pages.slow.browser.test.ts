/** Every kind of page, on desktop and phone, light and dark: axe-core finds nothing serious, and a phone never scrolls sideways. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { MINUTE, SECOND } from '../../src/base/time.ts'
import { keepDataset } from '../../src/datasets/keep-dataset.ts'
import { refOf } from '../../src/sequences/sequences.ts'
import type { Actor } from '../../src/tree/actor.ts'
import { extensionFolder } from '../support/extension-lab.ts'
import type { Lab } from '../support/lab.ts'
import { requireAccessible, requireNoSidewaysScroll, startWebLab, type WebLab } from '../support/web-lab.ts'

const base64 = (data: string | Buffer): string => Buffer.from(data).toString('base64')

const BOARD = `title: House
variables:
  house: {folders: /lab/*, label: House}
tiles:
  - {kind: values, title: Now, sequences: [/lab/house/temperature, /lab/house/door]}
  - {kind: chart, title: Climate, sequences: [/lab/house/temperature]}
  - {kind: states, title: Door, sequences: [/lab/house/door]}
  - {kind: image, title: Camera, sequence: /lab/house/camera}
  - {kind: alarms, title: Alarms, folder: /lab/house}
  - {kind: log, title: Log, sequence: /lab/house/log}
  - {kind: text, text: "## To do"}
`

/** A lab in which each kind of resource is in use, an alert is on and another one muted. */
async function furnish(lab: Lab): Promise<void> {
  const admin: Actor = { kind: 'user', userId: lab.adminId, isSystemAdmin: true }
  const device = await lab.controller('house')
  const temperature = await lab.sequence('/lab/house/temperature', 1, { units: 'C', decimal_places: 1, label: 'Air', place: 'North' })
  const door = await lab.sequence('/lab/house/door', 2)
  await lab.sequence('/lab/house/camera', 3)
  const now = lab.ctx.clock.now()
  await lab.ctx.sequences.append([
    ...Array.from({ length: 60 }, (_, at) => ({ sequence: refOf(temperature), time: now - (60 - at) * MINUTE, value: 20 + (at % 7) })),
    ...Array.from({ length: 6 }, (_, at) => ({
      sequence: refOf(door),
      time: now - (60 - at * 9) * MINUTE,
      value: at % 2 ? 'open' : 'closed',
    })),
  ])
  for (const [kind, value] of [
    ['above', 25],
    ['rising', 1],
  ] as const) {
    const rule = { path: '/lab/house/temperature', name: kind, kind, value, recipients: 'ann@example.com' }
    const made = await lab.post('/alerts', kind === 'rising' ? { ...rule, within_seconds: 3_600 } : rule)
    assert.equal(made.status, 200, made.text)
  }
  await device.put('/resources', { values: { '/lab/house/temperature': 31, '/lab/house/log': 'warning: door open' } })
  const jpeg = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#7a9' } })
    .jpeg()
    .toBuffer()
  for (const [path, data] of [
    ['/lab/house/camera', jpeg],
    ['/lab/house.png', jpeg],
    ['/lab/board.dashboard', BOARD],
    ['/lab/guide.md', '# Guide\n\n| a | b |\n|---|---|\n| 1 | 2 |\n'],
    ['/lab/plan.csv', 'bed,plant\n1,tomato\n'],
    ['/lab/settings.yaml', 'a: 1\n'],
    ['/lab/firmware.bin', Buffer.from([0, 1, 2, 255])],
  ] as const)
    await (path.endsWith('camera')
      ? lab.put(`/resources${path}`, { data: base64(data) })
      : lab.post(`/resources${path}`, { data: base64(data) }))
  await lab.put('/resources/lab/guide.md', { data: base64('# Guide\n\nShorter.\n') })
  await lab.post('/notes', { path: '/lab/house/temperature', text: 'door open' })
  await lab.post('/sequences/masks', { path: '/lab/house/temperature', where: 'value < 20.5', note: 'cold' })
  await lab.post('/links', { path: '/lab/house', note: 'for the auditor' })
  await lab.post('/resources', { path: '/lab', name: 'empty', type: 10 })
  const place = lab.ctx.tree.find('/lab/house')
  assert.ok(place)
  await keepDataset(lab.ctx, admin, { place, start: now - 60 * MINUTE, end: now - SECOND }, { folder: '/lab/runs', name: 'run' })
}

const HOUSE = '/lab/house'
const PAGES: readonly string[] = [
  ...['/', '/search', '/search?q=house', '/-/controllers', '/-/alerts', '/-/connect', '/-/connect?folder=%2Flab', '/-/settings'],
  ...['/-/second-factors', '/-/confirm', '/-/invitations', '/-/docs', '/-/ext/hello', '/nowhere', '/lab', '/lab/empty', '/lab?view=tree'],
  ...['/lab?view=members', '/lab?view=keys', '/lab?view=usage', '/lab?view=audit', '/lab?view=leaving', '/lab?view=permissions'],
  ...[HOUSE, `${HOUSE}?view=state`, `${HOUSE}?view=watching`, `${HOUSE}?view=messages`, `${HOUSE}?view=keys`, `${HOUSE}?view=devices`],
  ...[`${HOUSE}?view=links`, `${HOUSE}?view=cite`, `${HOUSE}?view=alerts`, `${HOUSE}?view=alert`, `${HOUSE}?view=contents`],
  ...[`${HOUSE}/temperature?with=${HOUSE}/door&statistics=1&show=table`, `${HOUSE}/temperature?view=alerts`],
  ...[`${HOUSE}/temperature?view=alert`, `${HOUSE}/log`, `${HOUSE}/door`, `${HOUSE}/camera`, `${HOUSE}/camera?view=alert`],
  ...['/lab/board.dashboard', '/lab/board.dashboard#edit', '/lab/guide.md', '/lab/guide.md?view=edit', '/lab/guide.md?view=revisions'],
  ...['/lab/plan.csv', '/lab/plan.csv?view=edit', '/lab/settings.yaml', '/lab/house.png', '/lab/firmware.bin', '/lab/runs/run.zip'],
  ...['/-/system', '/-/system/users', '/-/system/users/1', '/-/system/organizations', '/-/system/keys', '/-/system/messages'],
  ...['/-/system/messages/1', '/-/system/settings', '/-/system/extensions', '/-/system/log', '/-/system/audit'],
]
const OPEN_PAGES: readonly string[] = ['/-/sign-in', '/-/sign-up', '/-/forgotten-password', '/-/new-password']

const DESKTOP = { width: 1280, height: 860 }
const PHONE = { width: 390, height: 844 }

/** What a scheme of colours can change. */
const COLOURS = ['color-contrast', 'link-in-text-block']

const LOOKS = [
  { look: 'desktop, light', colorScheme: 'light', viewport: DESKTOP, rules: {} },
  { look: 'desktop, dark', colorScheme: 'dark', viewport: DESKTOP, rules: { rules: COLOURS } },
  { look: 'phone, dark', colorScheme: 'dark', viewport: PHONE, rules: {} },
  { look: 'phone, light', colorScheme: 'light', viewport: PHONE, rules: { rules: COLOURS } },
] as const

/** Looks at a page in several ways, without loading it again. */
async function lookAt(page: Page, path: string, problems: string[]): Promise<void> {
  for (const { look, colorScheme, viewport, rules } of LOOKS) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize(viewport)
    const what = `${path}, ${look}`
    for (const check of [
      () => requireAccessible(page, what, rules),
      ...(viewport === PHONE ? [() => requireNoSidewaysScroll(page, what)] : []),
    ])
      await check().catch((error: unknown) => problems.push(`${what}: ${error instanceof Error ? error.message : String(error)}`))
  }
}

async function lookAtAll(visit: WebLab['visit'], paths: readonly string[], signedIn: boolean): Promise<string[]> {
  const problems: string[] = []
  const page = await visit(paths[0] ?? '/', signedIn ? {} : { as: null })
  for (const path of paths) {
    await page.goto(path)
    await page.locator('main').waitFor()
    if (path.includes('board')) await page.locator('.panel').first().waitFor()
    if (path.includes('temperature?with')) await page.locator('#chart-card[data-state="ready"]').waitFor()
    if (path.endsWith('#edit')) await page.reload()
    if (path.endsWith('#edit')) await page.locator('#edit-board').click()
    await lookAt(page, path, problems)
  }
  return problems
}

test('axe-core finds nothing serious on any page, in light and dark, on desktop and phone', async (t) => {
  const extensions = await extensionFolder(t, 'hello')
  const { lab, visit } = await startWebLab(t, extensions.options())
  await furnish(lab)
  assert.deepEqual(await lookAtAll(visit, PAGES, true), [])
  assert.deepEqual(await lookAtAll(visit, OPEN_PAGES, false), [])
})
