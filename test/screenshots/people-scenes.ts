import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDaemon, type Daemon } from '../../daemon/daemon.ts'
import { systemClock } from '../../src/base/clock.ts'
import { offerFirstRun } from '../../src/people/first-run.ts'
import { silentLog } from '../../src/base/log.ts'
import { requestPasswordReset } from '../../src/people/password-resets.ts'
import { insertUser } from '../../src/people/user-records.ts'
import { labSettings, type Lab } from '../support/lab.ts'
import type { Scene } from './scenes.ts'

let invitation = ''
let devices = 0
let asked = 0
interface OwnServer {
  daemon: Daemon
  link: string
  stop: () => Promise<void>
}

/** One that nobody has used yet. */
let fresh: OwnServer | undefined
/** One that takes new organizations and sends mail: to a server that is out of reach, so that its codes can be read. */
let open: OwnServer | undefined

async function startServer(settings: Record<string, unknown>, linkOf: (daemon: Daemon) => Promise<string | undefined>): Promise<OwnServer> {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-test-'))
  const daemon = createDaemon(labSettings(folder, settings), { clock: systemClock, log: silentLog })
  await daemon.start()
  const stop = async (): Promise<void> => {
    await daemon.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { daemon, link: daemon.url + ((await linkOf(daemon)) ?? ''), stop }
}

async function askForPassword({ context }: Daemon): Promise<string> {
  await insertUser(context, { emailAddress: 'amy@example.com', password: 'correct-horse-9' })
  await requestPasswordReset(context, { emailAddress: 'amy@example.com', address: '127.0.0.1' })
  const { body } = await context.db.selectFrom('outgoing_messages').select('body').executeTakeFirstOrThrow()
  return `/-/new-password/${/[A-Z0-9]{30}/.exec(body)?.[0] ?? ''}`
}

const ofOpen = (path: string) => (): string => `${open?.daemon.url ?? ''}${path}`

export const peopleScenes: readonly Scene[] = [
  {
    name: 'people-first-run',
    path: () => fresh?.link ?? '/',
    signedOut: true,
    prepare: async () => {
      fresh = await startServer({}, ({ context }) => offerFirstRun(context))
    },
    finish: async () => fresh?.stop(),
  },
  {
    name: 'people-settings',
    path: '/-/settings',
    prepare: async (lab: Lab) => {
      await lab.put(`/users/${lab.adminId}`, { full_name: 'Ada Lindgren' })
    },
  },
  { name: 'people-settings-key', path: '/-/settings', act: makeKey },
  { name: 'people-settings-refused', path: '/-/settings', act: refusePassword },
  {
    name: 'people-invitation',
    path: () => invitation,
    signedOut: true,
    prepare: async (lab: Lab) => {
      const { json } = await lab.post(`/organizations/${lab.organization.id}/users`, {
        email_address: 'amy@example.com',
        send_email: 'false',
      })
      invitation = `/-/invitations/${(json as { access_code: string }).access_code}`
    },
  },
  { name: 'people-invitation-gone', path: '/-/invitations/NOTHING', signedOut: true },
  { name: 'people-connect', path: '/-/connect?folder=%2Flab' },
  { name: 'people-first-value', path: '/-/connect?folder=%2Flab&first=1', act: connect },
  {
    name: 'people-first-value-there',
    path: '/-/connect?folder=%2Flab',
    act: async (page) => {
      await connect(page)
      const code = await page.getByLabel('Secret key').innerText()
      const server = new URL(page.url()).origin
      await fetch(`${server}/api/v1/resources`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${code}`, 'content-type': 'application/json' },
        body: JSON.stringify({ values: { [`/lab/greenhouse-${devices}/temperature`]: 21.5 } }),
      })
      await page.getByText('It works').waitFor()
    },
  },
  { name: 'people-sign-up-closed', path: '/-/sign-up', signedOut: true },
  {
    name: 'people-sign-up',
    path: ofOpen('/-/sign-up'),
    signedOut: true,
    prepare: async () => {
      open ??= await startServer(
        {
          PRODUCTION: true,
          ORGANIZATION_SIGN_UP: true,
          OUTGOING_EMAIL_SERVER: '127.0.0.1',
          OUTGOING_EMAIL_PORT: 1,
          OUTGOING_EMAIL_ADDRESS: 'lab@example.com',
        },
        askForPassword,
      )
    },
    finish: async () => open?.stop(),
  },
  {
    name: 'people-sign-up-refused',
    path: ofOpen('/-/sign-up'),
    signedOut: true,
    act: async (page) => {
      await page.getByLabel('Name of the organization').fill('The Green Lab')
      await page.getByLabel('Your e-mail address').fill('ada@example')
      await page.getByRole('button', { name: 'Send me the link' }).click()
      await page.getByRole('alert').waitFor()
    },
  },
  { name: 'people-sign-in-with-mail', path: ofOpen('/-/sign-in'), signedOut: true },
  { name: 'people-forgotten-password', path: ofOpen('/-/forgotten-password'), signedOut: true },
  {
    name: 'people-forgotten-password-asked',
    path: ofOpen('/-/forgotten-password'),
    signedOut: true,
    act: async (page) => {
      // So often no address may ask.
      await page.getByLabel('E-mail address of your account').fill(`zoe${++asked}@example.com`)
      await page.keyboard.press('Enter')
      await page.getByText('Check your mail').first().waitFor()
    },
  },
  { name: 'people-forgotten-password-closed', path: '/-/forgotten-password', signedOut: true },
  // Before the next one, whose cookie counts for all ports of this machine.
  { name: 'people-new-password-code', path: '/-/new-password', signedOut: true },
  { name: 'people-new-password', path: () => open?.link ?? '/', signedOut: true },
  { name: 'people-new-password-gone', path: '/-/new-password/NOTHING', signedOut: true },
]

async function makeKey(page: Parameters<NonNullable<Scene['act']>>[0]): Promise<void> {
  await page.getByRole('button', { name: 'Make a key' }).click()
  await page.getByLabel('New key', { exact: true }).waitFor()
}

async function connect(page: Parameters<NonNullable<Scene['act']>>[0]): Promise<void> {
  devices++
  await page.getByLabel('Name of the controller').fill(`greenhouse-${devices}`)
  await page.getByRole('button', { name: 'Make the controller' }).click()
  await page.locator('html[data-live="on"]').waitFor({ state: 'attached' })
}

async function refusePassword(page: Parameters<NonNullable<Scene['act']>>[0]): Promise<void> {
  await page.getByLabel('Current password').fill('wrong-horse-9')
  await page.getByLabel('New password').fill('better-horse-9')
  await page.getByLabel('Repeat the password').fill('better-horse-10')
  await page.getByRole('button', { name: 'Change the password' }).click()
  await page.getByText('not typed the same twice').waitFor()
}
