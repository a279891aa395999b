/** PostgreSQL for tests: a server of its own in a temporary folder, where one is installed, or the one that the environment names. */
import { execFile, type ExecFileOptions } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import pg from 'pg'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { openPostgres } from '../../src/database/postgres/open-postgres.ts'
import { findFreePort } from './free-port.ts'

const run = promisify(execFile)
const INSTALLED = '/usr/lib/postgresql'
/** Its programs refuse to run as root. */
const NOBODY = 65_534

/** The environment variable with the URL of a server on which tests make their databases: labs stand on it then. */
export const TEST_SERVER = 'RHIZO_TEST_POSTGRES'

/** Leaves a test out where labs stand on a server. @param reason what it tries that only a database in a file has */
export const onFileAlone = (reason: string): { skip: string | false } => ({ skip: process.env[TEST_SERVER] === undefined ? false : reason })

/** The folder of its newest programs; undefined where none are installed. */
export function findPostgres(): string | undefined {
  const versions = existsSync(INSTALLED) ? readdirSync(INSTALLED).map(Number).filter(Number.isFinite) : []
  const folder = join(INSTALLED, String(Math.max(...versions)), 'bin')
  return existsSync(join(folder, 'initdb')) ? folder : undefined
}

/** Why tests that need a server are left out; false where there is one. */
export const withoutPostgres = (): string | false =>
  process.env[TEST_SERVER] !== undefined || findPostgres() !== undefined ? false : 'no PostgreSQL is installed (Debian: postgresql)'

export interface PostgresServer {
  /** Of an empty database. */
  readonly url: string
  /** As after a power cut. */
  stop(): Promise<void>
  /** Again, after {@link stop}. */
  start(): Promise<void>
  remove(): Promise<void>
}

/** @param options more of the server's own, such as `-c fsync=on` */
export async function launchPostgres(programs: string, options = '-c fsync=off'): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-pg-'))
  const isRoot = process.getuid?.() === 0
  const how: ExecFileOptions = { cwd: folder, ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}) }
  chmodSync(folder, 0o700)
  if (isRoot) chownSync(folder, NOBODY, NOBODY)
  const data = join(folder, 'data')
  // A language other than C: names must sort by their bytes all the same.
  await run(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'rhizo', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale-provider=icu', '--icu-locale=en'],
    how,
  )
  const port = await findFreePort()
  const stop = async (): Promise<void> => void (await run(join(programs, 'pg_ctl'), ['-D', data, '-m', 'immediate', '-w', 'stop'], how))
  const start = async (): Promise<void> => {
    const all = `-k ${folder} -p ${port} -h 127.0.0.1 -c max_connections=200 ${options}`
    await run(join(programs, 'pg_ctl'), ['-D', data, '-o', all, '-l', join(folder, 'log'), '-w', 'start'], how)
  }
  await start()
  return {
    url: `postgresql://rhizo:unused@127.0.0.1:${port}/postgres`,
    stop,
    start,
    remove: async () => {
      await stop().catch(() => {})
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** @returns the URL of an empty database */
export async function startPostgres(t: TestContext, programs: string): Promise<string> {
  const server = await launchPostgres(programs)
  t.after(() => server.remove())
  return server.url
}

/** A server for a file of tests, made when it is first asked for. @returns gives the URL of a new, empty database */
export function sharedPostgres(): () => Promise<string> {
  let server: Promise<PostgresServer> | undefined
  let count = 0
  after(async () => (await server)?.remove())
  return async () => {
    const given = process.env[TEST_SERVER]
    server ??= given === undefined ? launchPostgres(findPostgres() ?? '') : undefined
    return makeDatabase(given ?? (await server)?.url ?? '', `test_${process.pid}_${count++}`)
  }
}

/** @returns the URL of a database of that name; it is made unless it is there, with the tables of the newest version in it */
export async function makeDatabase(server: string, name: string): Promise<string> {
  await onServer(server, async (client) => {
    // Files of tests that run side by side share the template, which is made once, as the migrations take longest.
    await client.query(`select pg_advisory_lock(${TEMPLATE_LOCK})`)
    const exists = async (database: string): Promise<boolean> =>
      (await client.query('select 1 from pg_database where datname = $1', [database])).rowCount === 1
    if (!(await exists(TEMPLATE))) {
      await client.query(`create database ${TEMPLATE}_unfinished`)
      await migrateEmpty(urlOf(server, `${TEMPLATE}_unfinished`))
      await client.query(`alter database ${TEMPLATE}_unfinished rename to ${TEMPLATE}`)
    }
    if (!(await exists(name))) await client.query(`create database ${name} template ${TEMPLATE}`)
  })
  return urlOf(server, name)
}

const TEMPLATE = 'rhizo_template'
const TEMPLATE_LOCK = 1

async function migrateEmpty(url: string): Promise<void> {
  const options = { url, clock: systemClock, log: silentLog, isDaemon: false, isReadOnly: false, isDurable: false, onFatal: () => {} }
  await (await openPostgres(options)).close()
}

export const dropDatabase = (server: string, name: string): Promise<void> =>
  onServer(server, async (client) => void (await client.query(`drop database if exists ${name} with (force)`)))

/** Of the database of a lab in a folder: the same when it starts again there. */
export const databaseOf = (folder: string): string => `lab_${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`

export function urlOf(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.toString()
}

export async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
