/**
 * A lab for tests: a real daemon on port 0 in a temporary folder, with an organization, an admin and their key. Helpers
 * read like the story: `const lab = await startLab(t); const fridge = await lab.controller('fridge')`.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createDaemon, type Daemon } from '../../daemon/daemon.ts'
import type { Clock } from '../../src/base/clock.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { Context } from '../../src/context.ts'
import { insertKey } from '../../src/people/key-records.ts'
import { silentLog, type Log } from '../../src/base/log.ts'
import { insertMember, insertOrganization } from '../../src/resources/organizations.ts'
import { insertResource } from '../../src/tree/resource-records.ts'
import { BASIC_FOLDER, CONTROLLER_FOLDER, SEQUENCE } from '../../src/wire/resource-types.ts'
import { openEngine, type OpenEngine } from '../../src/open-engine.ts'
import { resolveSettings, type Settings } from '../../src/settings/settings.ts'
import { databaseOf, dropDatabase, makeDatabase, TEST_SERVER } from './postgres.ts'
import type { Bus } from '../../src/tree/bus.ts'
import type { HubEvent } from '../../src/tree/hub.ts'
import type { Resource } from '../../src/tree/tree.ts'
import { copyEmptyDatabase } from './empty-database.ts'
import { insertUser } from '../../src/people/user-records.ts'
import { SYSTEM_ADMIN } from '../../src/wire/user-roles.ts'
import { SECOND, type Micros } from '../../src/base/time.ts'

/** A clock that stands still until it is told to move. */
export class FakeClock implements Clock {
  time: Micros = Date.UTC(2026, 0, 31, 12) * 1000
  #passed: Micros = 0
  now(): Micros {
    return this.time
  }
  monotonic(): Micros {
    return this.#passed
  }
  /** Lets time pass. */
  advance(seconds: number): void {
    this.time += seconds * SECOND
    this.#passed += seconds * SECOND
  }
  /** Sets the clock, while no time passes. */
  jump(seconds: number): void {
    this.time += seconds * SECOND
  }
}

export interface LabOptions {
  clock?: Clock
  settings?: Record<string, unknown>
  log?: Log
  /** An existing folder, to start again on; it is not removed then. */
  folder?: string
  /** In place of the engine of DATABASE_URI. */
  openEngine?: OpenEngine
  /** With MQTT over TCP, on any free port; otherwise it is there by WebSocket only. */
  mqtt?: boolean
  /** In place of one in memory. */
  bus?: Bus<HubEvent>
}

export interface Reply {
  status: number
  headers: Headers
  text: string
  /** The body parsed as JSON; undefined when it is none. */
  json: unknown
  bytes: Uint8Array
}

export interface Caller {
  key: string
  get(path: string, parameters?: Record<string, unknown>): Promise<Reply>
  post(path: string, parameters?: Record<string, unknown>): Promise<Reply>
  put(path: string, parameters?: Record<string, unknown>): Promise<Reply>
  delete(path: string, parameters?: Record<string, unknown>): Promise<Reply>
}

export interface Lab extends Caller {
  daemon: Daemon
  ctx: Context
  url: string
  folder: string
  settings: Settings
  /** `/lab`, with the admin as its admin. */
  organization: Resource
  adminId: number
  /** A caller with another key; '' for none. */
  as(key: string): Caller
  /** Makes a controller below the organization; its key comes with it. */
  controller(name: string): Promise<Caller & { path: string; id: number }>
  /** Makes a sequence at an absolute path below the organization, storing every value unless told otherwise. */
  sequence(path: string, dataType?: number, attributes?: Record<string, unknown>): Promise<Resource>
  /** Makes a user, a member of the organization unless told otherwise; the key comes with it. */
  user(
    emailAddress: string,
    options?: { member?: boolean; admin?: boolean; systemAdmin?: boolean; password?: string },
  ): Promise<Caller & { id: number }>
  stop(): Promise<void>
}

/** Settings for a daemon in `folder`, on any free port. */
export function labSettings(folder: string, more: Record<string, unknown> = {}): Settings {
  const secrets = { SALT: 'salt-for-tests-only', SECRET_KEY: 'secret-for-tests-only' }
  return resolveSettings({ ...secrets, PORT: 0, MQTT_TCP_PORT: 0, ...more }, join(folder, 'config.yaml'), {})
}

/** The engine that a lab is to stand on, with its bus where the test has one. */
function engineOf({ openEngine: open = openEngine, bus }: LabOptions): OpenEngine {
  return bus ? async (settings, options) => ({ ...(await open(settings, options)), bus }) : open
}

/** Whether migrations may be taken as done: a test with an engine or a database of its own sees them run. */
const isNewOnUsualEngine = ({ folder, openEngine: open, settings }: LabOptions): boolean =>
  folder === undefined && open === undefined && settings?.['DATABASE_URI'] === undefined

export async function startLab(t: TestContext, options: LabOptions = {}): Promise<Lab> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'rhizo-test-')))
  const server = options.settings?.['DATABASE_URI'] === undefined ? process.env[TEST_SERVER] : undefined
  const database = databaseOf(folder)
  const place = server === undefined ? {} : { DATABASE_URI: await makeDatabase(server, database) }
  const settings = labSettings(folder, { ...place, ...options.settings })
  if (server === undefined && isNewOnUsualEngine(options)) await copyEmptyDatabase(join(folder, 'rhizo.db'), new FakeClock())
  const daemon = createDaemon(settings, {
    clock: options.clock ?? systemClock,
    log: options.log ?? silentLog,
    openEngine: engineOf(options),
    ...(options.mqtt ? { mqttTcpPort: 0 } : {}),
  })
  await daemon.start()
  let stopped = false
  const stop = async (): Promise<void> => {
    if (stopped) return
    stopped = true
    await daemon.stop()
  }
  t.after(async () => {
    await stop()
    if (options.folder !== undefined) return
    await rm(folder, { recursive: true, force: true })
    if (server !== undefined) await dropDatabase(server, database)
  })
  const ctx = daemon.context
  const organization =
    ctx.tree.descend(['lab']) ??
    ctx.tree.add(await ctx.db.transaction().execute((tx) => insertOrganization(ctx, tx, { fullName: 'The Lab', folderName: 'lab' })))
  const admin = await ctx.db.selectFrom('users').select('id').where('email_address', '=', 'admin@example.com').executeTakeFirst()
  const adminId =
    admin?.id ??
    (await insertUser(ctx, { emailAddress: 'admin@example.com', password: 'correct-horse-9', role: SYSTEM_ADMIN, addressProven: true }))
  const join_ = async (userId: number, isAdmin: boolean): Promise<void> => {
    await ctx.db.transaction().execute((tx) => insertMember(tx, { organizationId: organization.id, userId, isAdmin }))
    ctx.tree.setMember(organization.id, userId, isAdmin)
  }
  if (!admin) await join_(adminId, true)
  const { secretKey } = await insertKey(ctx, { organizationId: organization.id, creatorId: adminId, userId: adminId })
  const as = (key: string): Caller => createCaller(daemon.url, key)

  return {
    ...as(secretKey),
    daemon,
    ctx,
    url: daemon.url,
    folder,
    settings,
    organization,
    adminId,
    as,
    stop,
    controller: async (name) => {
      const resource = ctx.tree.add(
        await ctx.db.transaction().execute(async (tx) => {
          const row = await insertResource(ctx, tx, { parent: organization, name, type: CONTROLLER_FOLDER })
          await tx
            .insertInto('controller_status')
            .values({
              id: row.id,
              client_version: '',
              web_socket_connected: 0,
              last_connect_timestamp: null,
              last_watchdog_timestamp: null,
              watchdog_notification_sent: 0,
              attributes: '{}',
            })
            .execute()
          return row
        }),
      )
      const key = await insertKey(ctx, { organizationId: organization.id, creatorId: adminId, controllerId: resource.id })
      return { ...as(key.secretKey), path: `/lab/${name}`, id: resource.id }
    },
    sequence: async (path, dataType = 1, attributes = {}) => {
      const names = path.split('/').slice(1)
      let parent: Resource | undefined
      for (const name of names.slice(0, -1)) {
        const existing: Resource | undefined = parent ? parent.children.get(name) : ctx.tree.descend([name])
        const above: Resource | undefined = parent
        parent =
          existing ??
          ctx.tree.add(await ctx.db.transaction().execute((tx) => insertResource(ctx, tx, { parent: above, name, type: BASIC_FOLDER })))
      }
      const systemAttributes = { data_type: dataType, min_storage_interval: 0, max_history: 1_000_000, ...attributes }
      const place = parent
      return ctx.tree.add(
        await ctx.db
          .transaction()
          .execute((tx) => insertResource(ctx, tx, { parent: place, name: names.at(-1) ?? '', type: SEQUENCE, systemAttributes })),
      )
    },
    user: async (emailAddress, { member = true, admin: isAdmin = false, systemAdmin = false, password = 'correct-horse-9' } = {}) => {
      const id = await insertUser(ctx, { emailAddress, password, addressProven: true, ...(systemAdmin ? { role: SYSTEM_ADMIN } : {}) })
      if (member) await join_(id, isAdmin)
      const key = await insertKey(ctx, { organizationId: organization.id, creatorId: adminId, userId: id })
      return { ...as(key.secretKey), id }
    },
  }
}

export function createCaller(url: string, key: string): Caller {
  const send = async (method: string, path: string, parameters?: Record<string, unknown>): Promise<Reply> => {
    const form =
      parameters &&
      new URLSearchParams(
        Object.entries(parameters).map(([name, value]): [string, string] => [
          name,
          typeof value === 'string' ? value : JSON.stringify(value),
        ]),
      )
    const inQuery = method === 'GET' || method === 'DELETE'
    const response = await fetch(`${url}/api/v1${path}${inQuery && form ? `?${form.toString()}` : ''}`, {
      method,
      headers: key === '' ? {} : { authorization: `Basic ${Buffer.from(`test:${key}`).toString('base64')}` },
      ...(!inQuery && form ? { body: form } : {}),
    })
    return toReply(response)
  }
  return {
    key,
    get: (path, parameters) => send('GET', path, parameters),
    post: (path, parameters) => send('POST', path, parameters),
    put: (path, parameters) => send('PUT', path, parameters),
    delete: (path, parameters) => send('DELETE', path, parameters),
  }
}

export async function toReply(response: Response): Promise<Reply> {
  const bytes = new Uint8Array(await response.arrayBuffer())
  const text = new TextDecoder().decode(bytes)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    json = undefined
  }
  return { status: response.status, headers: response.headers, text, json, bytes }
}
