/** A new server in a browser: from the link that it prints to the first value, and who can't get in that way. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { promisify } from 'node:util'
import mqtt from 'mqtt'
import type { Page } from 'playwright-core'
import { createDaemon } from '../../daemon/daemon.ts'
import type { Context } from '../../src/context.ts'
import { beginFirstRun, offerFirstRun } from '../../src/people/first-run.ts'
import { silentLog } from '../../src/base/log.ts'
import { createAdmin } from '../../src/people/first-admin.ts'
import { findFreePort } from '../support/free-port.ts'
import { FakeClock, labSettings } from '../support/lab.ts'
import { makeVisits, PHONE, requireAccessible, requireNoSidewaysScroll, untilLive, type WebLab } from '../support/web-lab.ts'

const run = promisify(execFile)
const PASSWORD = 'correct-horse-9'

interface NewServer {
  ctx: Context
  clock: FakeClock
  url: string
  visit: WebLab['visit']
  /** The page of the link that is out. */
  link: string
}

async function startNewServer(t: TestContext, settings: Record<string, unknown> = {}): Promise<NewServer> {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-test-'))
  const clock = new FakeClock()
  const daemon = createDaemon(labSettings(folder, settings), { clock, log: silentLog })
  await daemon.start()
  t.after(async () => {
    await daemon.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const link = (await offerFirstRun(daemon.context)) ?? assert.fail('a new server offers a link')
  return { ctx: daemon.context, clock, url: daemon.url, visit: makeVisits(t, { url: daemon.url }), link }
}

async function fill(page: Page, values: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, value] of Object.entries(values)) await page.getByLabel(label).fill(value)
}

const WELCOME = {
  'Your e-mail address': 'ada@example.com',
  'Your name': 'Ada',
  'New password': PASSWORD,
  'Repeat the password': PASSWORD,
  'Name of the organization': 'Green Lab',
}

const usersOf = async ({ ctx }: NewServer): Promise<string[]> =>
  (await ctx.db.selectFrom('users').select('email_address').execute()).map((row) => row.email_address)

test('from the first run to the first value, sent by what the page says, and on to its chart', async (t) => {
  const server = await startNewServer(t)
  const page = await server.visit(server.link, { as: null })
  await page.getByRole('heading', { name: 'Welcome to your server' }).waitFor()
  await requireAccessible(page, 'the first run')
  await fill(page, { ...WELCOME, 'Name of the organization': 'Müller Lab' })
  const folderName = page.getByLabel('Name of its folder')
  assert.equal(await folderName.inputValue(), 'mueller-lab', 'proposed while the name is typed')
  await folderName.fill('mine')
  await fill(page, { 'Name of the organization': 'Green Lab' })
  assert.equal(await folderName.inputValue(), 'mine', 'and left alone once somebody has typed there')
  await folderName.fill('')
  await fill(page, { 'Name of the organization': 'Green Lab' })
  assert.equal(await folderName.inputValue(), 'green-lab')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { name: 'Connect a controller' }).waitFor()
  await requireAccessible(page, 'connecting a controller')
  assert.equal(await page.getByLabel('Folder that it goes into').inputValue(), '/green-lab')
  await fill(page, { 'Name of the controller': "Ada's fridge", 'What it measures': 'log' })
  await page.getByRole('button', { name: 'Make the controller' }).click()
  await page.getByRole('alert').getByText('each controller has "log" already').waitFor()
  assert.equal(await page.getByLabel('Name of the controller').inputValue(), "Ada's fridge")
  await fill(page, { 'What it measures': 'temperature', Units: 'C' })
  await page.getByRole('button', { name: 'Make the controller' }).click()
  await page.getByText("Waiting for the first value of /green-lab/Ada's fridge/temperature").waitFor()
  await requireAccessible(page, 'the lines to paste')
  await untilLive(page)
  const line = await page.getByLabel('Lines for curl').innerText()
  const { stdout } = await run('sh', ['-c', line])
  assert.match(stdout, /"status":"ok"/)
  await page.getByText('It works: the first value came, 21.5.').waitFor()
  await requireAccessible(page, 'the first value')
  server.clock.advance(1)
  await run('python3', ['-c', await page.getByLabel('Lines for Python').innerText()])
  await page.getByText('The newest value is 21.5.').waitFor()
  assert.match(
    await page.getByLabel('Lines for Arduino').innerText(),
    /http\.PUT\("\{\\"values\\": \{\\"\/green-lab\/Ada's fridge\/temperature\\": " \+ String\(value\) \+ "\}\}"\);/,
  )
  assert.equal(await page.getByLabel('Lines for mosquitto_pub').count(), 0, 'this server speaks no MQTT over TCP')
  await page.getByRole('link', { name: 'See its chart' }).click()
  await page.waitForURL(/\/green-lab\/Ada's%20fridge\/temperature(?:\?|$)/)
  await page.getByRole('heading', { name: 'temperature', level: 1 }).waitFor()
  await page.locator('canvas').first().waitFor()
  assert.deepEqual(await usersOf(server), ['ada@example.com'])
})

test('it works without script, and on a phone', async (t) => {
  const server = await startNewServer(t, { MQTT_TCP_PORT: 0 })
  const page = await server.visit(server.link, { ...PHONE, as: null, javaScriptEnabled: false })
  await fill(page, { ...WELCOME, 'Repeat the password': 'correct-horse-8' })
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('alert').getByText('not typed the same twice').waitFor()
  assert.equal(await page.getByLabel('Name of the organization').inputValue(), 'Green Lab')
  assert.deepEqual(await usersOf(server), [], 'nothing is half made')
  await fill(page, { 'New password': PASSWORD, 'Repeat the password': PASSWORD, 'Name of its folder': 'api' })
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('alert').getByText('name of the folder').waitFor()
  assert.deepEqual(await usersOf(server), [])
  await fill(page, { 'New password': PASSWORD, 'Repeat the password': PASSWORD, 'Name of its folder': 'green' })
  await page.getByRole('button', { name: 'Continue' }).click()
  await fill(page, { 'Name of the controller': 'greenhouse' })
  await page.getByRole('button', { name: 'Make the controller' }).click()
  await page.getByRole('link', { name: 'Look at its page' }).waitFor()
  await page.getByLabel('Secret key').waitFor()
})

test('by keyboard alone; and the line for MQTT sends a value too', async (t) => {
  const server = await startNewServer(t, { MQTT_TCP_PORT: await findFreePort() })
  const page = await server.visit(server.link, { as: null, colorScheme: 'dark' })
  const type = async (...values: string[]): Promise<void> => {
    for (const [at, value] of values.entries()) {
      if (at > 0) await page.keyboard.press('Tab')
      await page.keyboard.type(value)
    }
    await page.keyboard.press('Enter')
  }
  await requireAccessible(page, 'the first run in the dark')
  await type('ada@example.com', 'Ada', PASSWORD, PASSWORD, 'Green Lab')
  await page.getByRole('heading', { name: 'Connect a controller' }).waitFor()
  await type('fridge', 'air', '%')
  await page.getByText('Waiting for the first value of /green-lab/fridge/air').waitFor()
  await untilLive(page)
  const line = await page.getByLabel('Lines for mosquitto_pub').innerText()
  const option = (name: string): string => new RegExp(` ${name} (\\S+)`).exec(line)?.[1] ?? assert.fail(line)
  const client = await mqtt.connectAsync(`mqtt://${option('-h')}:${option('-p')}`, { username: option('-u'), password: option('-P') })
  await client.publishAsync(option('-t'), option('-m'), { qos: 1 })
  await client.endAsync()
  await page.getByText('It works: the first value came, 21.5.').waitFor()
  await requireAccessible(page, 'the first value in the dark')
})

test('of two browsers with the link one makes the admin', async (t) => {
  const server = await startNewServer(t)
  const pages = await Promise.all([server.visit(server.link, { as: null }), server.visit(server.link, PHONE_OUT)])
  await Promise.all(
    pages.map((page, at) => fill(page, { ...WELCOME, 'Your e-mail address': `ada${at}@example.com`, 'Name of its folder': `lab-${at}` })),
  )
  for (const page of pages) await requireNoSidewaysScroll(page, 'the first run')
  await Promise.all(pages.map((page) => page.getByRole('button', { name: 'Continue' }).click()))
  const titles = await Promise.all(
    pages.map((page) => page.getByRole('heading', { name: /Connect a controller|This server is set up already/ }).innerText()),
  )
  assert.deepEqual(titles.sort(), ['Connect a controller', 'This server is set up already'])
  assert.equal((await usersOf(server)).length, 1)
  const late = await server.visit(server.link, { as: null })
  await late.getByRole('heading', { name: 'This server is set up already' }).waitFor()
  await requireAccessible(late, 'a server that is set up')
})

const PHONE_OUT = { ...PHONE, as: null }

test('verbs that race make one admin as well', async (t) => {
  const { ctx, link } = await startNewServer(t)
  const token = link.split('/').at(-1) ?? ''
  const tries = Array.from({ length: 5 }, (_, at) =>
    beginFirstRun(ctx, {
      token,
      emailAddress: `a${at}@example.com`,
      password: PASSWORD,
      fullName: '',
      organizationName: `Lab ${at}`,
      folderName: '',
      address: '10.0.0.1',
    }),
  )
  const results = await Promise.allSettled(tries)
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const result of results) if (result.status === 'rejected') assert.match(String(result.reason), /first admin already/)
  assert.equal((await ctx.db.selectFrom('users').select('id').execute()).length, 1)
  assert.equal([...ctx.tree.roots].length, 2, 'the organization, and /system')
})

test('a link is void after a day, after another one, and once the command made an admin; guessing is throttled', async (t) => {
  const server = await startNewServer(t)
  const { ctx, clock, url, link } = server
  const status = async (path: string): Promise<number> => (await fetch(url + path)).status
  assert.equal(await status(link), 200)
  const next = (await offerFirstRun(ctx)) ?? assert.fail()
  assert.equal(await status(link), 404, 'the one before')
  clock.advance(86_400)
  const old = await server.visit(next, { as: null })
  await old.getByRole('heading', { name: 'This link leads nowhere any more' }).waitFor()
  await old.getByText('Start the server again').waitFor()
  for (let guess = 0; guess < 29; guess++) assert.equal(await status(`/-/first-run/guess${guess}`), 404)
  const fresh = (await offerFirstRun(ctx)) ?? assert.fail()
  assert.equal(await status('/-/first-run/guess'), 429)
  assert.equal(await status(fresh), 429, 'whoever guessed must wait, with the right link too')
  clock.advance(15 * 60)
  assert.equal(await status(fresh), 200)
  const page = await server.visit('/', { as: null })
  await page.getByText('Nobody has an account on this server yet.').waitFor()
  await createAdmin(ctx, { emailAddress: 'root@example.com', password: PASSWORD, organization: 'lab' })
  assert.equal(await status(fresh), 409)
  assert.equal(await offerFirstRun(ctx), undefined)
  await page.reload()
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  assert.equal(await page.getByText('Nobody has an account').count(), 0)
})

test('a form of another site, and strangers, connect nothing', async (t) => {
  const { url, link, ctx } = await startNewServer(t)
  const body = new URLSearchParams({ email_address: 'eve@example.com', password: PASSWORD, repeated: PASSWORD, organization_name: 'Evil' })
  const reply = await fetch(url + link, { method: 'POST', headers: { origin: 'https://evil.example' }, body })
  assert.equal(reply.status, 403)
  const stranger = await fetch(`${url}/-/connect`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ folder: '/system', name: 'x', sequence: 'y' }),
  })
  assert.equal(stranger.status, 303)
  assert.match(stranger.headers.get('location') ?? '', /sign-in/)
  assert.equal((await ctx.db.selectFrom('users').select('id').execute()).length, 0)
})
