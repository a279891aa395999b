/** Settings of the visitor's own account: name, password, keys, and sessions. */
import { invalid, httpStatusOf } from '../../../../src/base/fault.ts'
import { createUserKey, listUserKeys, revokeKey } from '../../../../src/people/keys.ts'
import { reasonToHold } from '../../../../src/notifications/obstacles.ts'
import { listPushDevices, removePushDevice } from '../../../../src/notifications/push-devices.ts'
import { sendTests } from '../../../../src/notifications/trials.ts'
import type { KeyInfo, SentTest } from '../../../../src/wire/answers.ts'
import { listOrganizations } from '../../../../src/resources/organizations.ts'
import { endAllSessions, endSession, listSessions, type SessionInfo } from '../../../../src/people/sessions.ts'
import { getUser, updateUser } from '../../../../src/people/users.ts'
import { sessionCookie } from '../../../requests/authentication.ts'
import { PageHeader, RefusalNotice } from '../../components/basics.tsx'
import { isLive } from '../../components/keys.tsx'
import { DoneNotice, keepsNothing, NewSecret } from '../../components/post.tsx'
import { refusalOf } from '../../forms.ts'
import { redirect, type Page, type PageReply, type PageRequest, type PageRoute, type Refusal } from '../../page.ts'
import { requireSameTwice } from './password-fields.tsx'
import { describeAgent } from './agents.ts'
import { DevicesCard } from './devices-card.tsx'
import { KeysCard, PasswordCard, ProfileCard, SessionsCard, UnitsCard } from './settings-cards.tsx'

const PATH = '/-/settings'

const DONE = {
  profile: 'Your name was changed.',
  units: 'Values are shown as you chose.',
  password: 'Your password was changed. You were signed out everywhere but here.',
  key: 'The key was revoked: it opens nothing any more.',
  session: 'That browser was signed out.',
  device: 'This device takes alarms now.',
  'device-off': 'That device takes no alarms any more.',
} as const

export function createSettingsPages(): PageRoute[] {
  return [
    { method: 'GET', path: PATH, handle: (request) => showSettings(request) },
    { method: 'POST', path: `${PATH}/profile`, handle: (request) => change(request, 'profile', () => changeProfile(request)) },
    { method: 'POST', path: `${PATH}/units`, handle: (request) => change(request, 'units', () => changeUnits(request)) },
    { method: 'POST', path: `${PATH}/password`, handle: (request) => change(request, 'password', () => changePassword(request)) },
    { method: 'POST', path: `${PATH}/keys`, handle: handleNewKey },
    { method: 'POST', path: `${PATH}/keys/revoke`, handle: (request) => change(request, 'key', () => revokeOwnKey(request)) },
    {
      method: 'POST',
      path: `${PATH}/sessions/end`,
      handle: (request) => change(request, 'session', () => endSession(request.ctx, request.actor, requireNumber(request, 'session_id'))),
    },
    { method: 'POST', path: `${PATH}/devices/remove`, handle: (request) => change(request, 'device-off', () => switchOff(request)) },
    { method: 'POST', path: `${PATH}/devices/test`, handle: handleDeviceTest },
    { method: 'POST', path: `${PATH}/sessions/end-all`, handle: handleSignOutEverywhere },
  ]
}

/** The part of the page that a refusal belongs to. */
type Part = keyof typeof DONE | 'new-key'

interface Answer {
  refusal?: Refusal | undefined
  part?: Part
  secretKey?: string
  tests?: readonly SentTest[] | undefined
}

async function showSettings(request: PageRequest, { refusal, part, secretKey, tests }: Answer = {}): Promise<Page> {
  const { ctx, actor, visitor, query, incoming } = request
  const userId = visitor.user?.id ?? 0
  const user = await getUser(ctx, actor, userId)
  const [keys, sessions, organizations, devices] = await Promise.all([
    ownKeys(request, userId),
    ownSessions(request),
    listOrganizations(ctx, actor),
    listPushDevices(ctx, actor),
  ])
  const of = (name: Part): Refusal | undefined => (part === name ? refusal : undefined)
  return {
    title: 'My settings',
    crumb: 'My settings',
    script: 'settings',
    status: refusal === undefined ? 200 : httpStatusOf[refusal.fault.code],
    ...(secretKey === undefined ? {} : { headers: keepsNothing }),
    content: (
      <>
        <PageHeader title="My settings" icon="settings" lead={user.email_address} />
        <DoneNotice query={query} texts={DONE} />
        <RefusalNotice refusal={of('key') ?? of('session') ?? of('units')} />
        {secretKey === undefined ? null : (
          <NewSecret title="Your new key" label="New key" secret={secretKey}>
            <p class="note">Programs that send it act as you. Give it to no controller: those have keys of their own, on their pages.</p>
          </NewSecret>
        )}
        <div class="columns">
          <ProfileCard visitor={visitor} user={user} refusal={of('profile')} />
          <UnitsCard visitor={visitor} />
          <PasswordCard visitor={visitor} user={user} refusal={of('password')} />
        </div>
        <DevicesCard
          visitor={visitor}
          devices={devices}
          reason={reasonToHold(ctx, 'push')}
          agent={describeAgent(incoming.headers['user-agent'] ?? '')}
          recipient={recipientOf(request)}
          tests={tests}
          refusal={of('device') ?? of('device-off')}
          now={ctx.clock.now()}
        />
        <KeysCard visitor={visitor} keys={keys} organizations={organizations} refusal={of('new-key')} />
        <SessionsCard visitor={visitor} sessions={sessions} now={ctx.clock.now()} />
      </>
    ),
  }
}

/** Keys that are not revoked, newest first. */
async function ownKeys({ ctx, actor }: PageRequest, userId: number): Promise<(KeyInfo & { organization: string })[]> {
  const keys = await listUserKeys(ctx, actor, userId)
  return keys.flatMap((key) => (isLive(key) ? [{ ...key, organization: ctx.tree.byId(key.organization_id)?.name ?? '' }] : [])).reverse()
}

const ownSessions = ({ ctx, actor }: PageRequest): Promise<SessionInfo[]> => listSessions(ctx, actor)

/** Runs an action; then reloads the page, or shows the refusal beside what was typed. */
async function change(request: PageRequest, part: keyof typeof DONE, act: () => Promise<unknown>): Promise<PageReply> {
  const refusal = await refusalOf(request.form, act)
  return refusal ? showSettings(request, { refusal, part }) : redirect(`${PATH}?done=${part}`)
}

const changeProfile = ({ ctx, actor, visitor, form, address }: PageRequest): Promise<void> =>
  updateUser(
    ctx,
    actor,
    visitor.user?.id ?? 0,
    { fullName: (form['full_name'] ?? '').trim(), userName: (form['user_name'] ?? '').trim() },
    address,
  )

async function changePassword({ ctx, actor, visitor, form, address }: PageRequest): Promise<void> {
  await updateUser(
    ctx,
    actor,
    visitor.user?.id ?? 0,
    { password: requireSameTwice(form), oldPassword: form['old_password'] ?? '' },
    address,
  )
}

async function handleNewKey(request: PageRequest): Promise<PageReply> {
  const { ctx, actor, visitor } = request
  let secretKey = ''
  const refusal = await refusalOf(request.form, async () => {
    ;({ secretKey } = await createUserKey(ctx, actor, visitor.user?.id ?? 0, requireNumber(request, 'organization_id')))
  })
  return showSettings(request, refusal ? { refusal, part: 'new-key' } : { secretKey })
}

async function revokeOwnKey(request: PageRequest): Promise<void> {
  await revokeKey(request.ctx, request.actor, requireNumber(request, 'key_id'))
}

const recipientOf = ({ visitor }: PageRequest): string => `push:${visitor.user?.emailAddress ?? ''}`

const switchOff = (request: PageRequest): Promise<void> => removePushDevice(request.ctx, request.actor, requireNumber(request, 'device_id'))

async function handleDeviceTest(request: PageRequest): Promise<PageReply> {
  let tests: readonly SentTest[] | undefined
  const refusal = await refusalOf(request.form, async () => {
    tests = await sendTests(request.ctx, request.actor, [recipientOf(request)])
  })
  return showSettings(request, { refusal, part: 'device', tests })
}

const changeUnits = ({ ctx, actor, visitor, form, address }: PageRequest): Promise<void> =>
  updateUser(ctx, actor, visitor.user?.id ?? 0, { units: form['units'] ?? '' }, address)

async function handleSignOutEverywhere({ ctx, actor }: PageRequest): Promise<Response> {
  await endAllSessions(ctx, actor)
  return redirect('/-/sign-in', { 'set-cookie': sessionCookie(ctx.settings, undefined), 'clear-site-data': '"cache"' })
}

function requireNumber({ form }: PageRequest, name: string): number {
  const number = Number(form[name] ?? '')
  if (!Number.isSafeInteger(number) || number < 1) throw invalid(`${name} must be a number.`)
  return number
}
