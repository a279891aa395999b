/** `rhizo serve`: runs the server in the foreground. */
import { once } from 'node:events'
import { userInfo } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import type { Daemon } from '../daemon/daemon.ts'
import type { Log } from '../src/base/log.ts'
import type { Successor } from '../src/resources/lab-standing.ts'
import type { Settings } from '../src/settings/settings.ts'
import { sentenceOf } from './support/exit-code.ts'
import { HOW_TO_MAKE_AN_ADMIN, describeTunnel, findNetworkAddress } from './support/local-server.ts'
import { holdHeap, type ServerHeap } from './support/server-heap.ts'
import { action, type CommandGroup, type Session } from './support/session.ts'
import { complain } from './support/terminal-text.ts'

export function define(program: CommandGroup): void {
  program
    .command('serve')
    .description(
      'Run the server, in the foreground, with the settings of settings/config.yaml or of the file that RHIZO_SERVER_SETTINGS ' +
        'names. SIGTERM or Ctrl-C finishes what was received and ends it with exit code 0; SIGHUP makes it read again what ' +
        'another program changed in the database. The log goes to stderr.',
    )
    .option(
      '--read-only',
      'show what is there and change nothing, for a look at a lab on a dying, full or read-only disk; on a disk that can not be ' +
        'written the server starts so by itself',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo serve\n  rhizo serve --read-only' +
        '\n  RHIZO_SERVER_SETTINGS=/etc/rhizo/config.yaml RHIZO_SERVER_PORT=8080 rhizo serve',
    )
    .action(action((session, { readOnly }) => serveHere(session, readOnly === true)))
}

/** Serves with the settings of this place: as the lab, as a standby, and, when that takes over, as the lab. */
export async function serveHere(session: Session, isReadOnly: boolean): Promise<void> {
  const heap = holdHeap()
  const [{ loadSettings }, { createLogger }, { readStandbyRecord }, { findSuccessor }] = await Promise.all([
    import('../src/settings/settings.ts'),
    import('../daemon/logger.ts'),
    import('../src/standby/standby-record.ts'),
    import('../src/standby/peer-watch.ts'),
  ])
  const settings = loadSettings()
  const log = createLogger(settings)
  // Between a standby and the lab that it becomes nobody else listens to it, and it would end the process.
  process.on('SIGHUP', () => {})
  // Neither a log nor a greeting that can't be written, as on a full disk, ends a server.
  process.stdout.removeAllListeners('error').on('error', () => {})
  const record = readStandbyRecord(settings.file)
  if (record?.role === 'standby' && !isReadOnly) {
    const { serveStandby } = await import('./standby/serve-standby.ts')
    if ((await serveStandby({ session, settings, record, log })) === 'stopped') return
  }
  if (settings.CLUSTER && !isReadOnly) {
    const { serveCluster } = await import('./cluster/serve-cluster.ts')
    return serveCluster({ session, settings, log, heap })
  }
  for (let isOver = false; !isOver; ) {
    const successor = await findSuccessor(settings)
    isOver = (await serveLab({ session, settings, log, heap, successor, isReadOnly })) === 'stopped'
  }
}

interface ServeLab {
  readonly session: Session
  readonly settings: Settings
  readonly log: Log
  readonly heap: ServerHeap
  /** The server that has taken this lab over. */
  readonly successor: Successor | undefined
  readonly isReadOnly: boolean
}

/** @returns yielded: another server is the lab, and this one is to show what it has */
async function serveLab({ session, settings, log, heap, successor, isReadOnly }: ServeLab): Promise<'stopped' | 'yielded'> {
  const [{ createDaemon }, { systemClock }, { hasAdmin }, { offerFirstRun }, { findUnwritableDisk }] = await Promise.all([
    import('../daemon/daemon.ts'),
    import('../src/base/clock.ts'),
    import('../src/people/first-admin.ts'),
    import('../src/people/first-run.ts'),
    import('../src/database/sqlite/read-only.ts'),
  ])
  let fail: (error: Error) => void = () => {}
  const failed = new Promise<never>((_, reject) => (fail = reject))
  // It may come before anybody waits for it.
  failed.catch(() => {})
  const unwritable = settings.isOnServer ? undefined : findUnwritableDisk(settings.databaseFile)
  const reason = isReadOnly ? 'as asked' : successor ? 'another server is the lab' : unwritable
  if (reason !== undefined) log.warn({ reason }, 'the server is read-only: nothing is stored')
  let goesOn = false
  const daemon = createDaemon(settings, {
    clock: systemClock,
    log,
    acquaintance: 'known',
    isReadOnly: reason !== undefined,
    successor,
    goesOn: () => goesOn,
    onFatal: (error) => fail(error),
    onCrowd: heap.crowded,
  })
  const reload = (): void => {
    daemon.reload().catch((error: unknown) => log.error({ err: error }, 'could not read the database again'))
  }
  process.on('SIGHUP', reload)
  await daemon.start()
  // What fails from here on ends the process too: a daemon that nobody stops would keep it.
  try {
    heap.letGrow()
    const page = await offerFirstRun(daemon.context)
    const base = settings.PUBLIC_URL?.replace(/(?<!\/)\/+$/, '') ?? daemon.url
    const link = page === undefined ? null : base + page
    const elsewhere = page === undefined || settings.PUBLIC_URL !== undefined ? undefined : findNetworkAddress(settings)
    // Who reads that it serves may stop it at once.
    const asked = askedToStop()
    // Not awaited: who doesn't read it, or a full disk behind it, must not keep the server.
    const said = session.out.show(
      { url: daemon.url, pid: process.pid, first_run_url: link },
      greeting(daemon.url, {
        hasAdmin: await hasAdmin(daemon.context),
        link,
        elsewhere: elsewhere === undefined ? undefined : elsewhere + (page ?? ''),
        isHidden: settings.PUBLIC_URL === undefined && ['127.0.0.1', '::1', 'localhost'].includes(settings.LISTEN_ADDRESS),
      }),
    )
    said.catch((error: unknown) => log.warn({ err: error }, 'stdout can not be written'))
    const end = await Promise.race([asked.then(() => 'stopped' as const), failed, yielded(daemon)])
    goesOn = end === 'yielded'
    return end
  } finally {
    process.off('SIGHUP', reload)
    await stopOnce(daemon)
  }
}

/** How long a server that yields goes on answering the one that takes over, in ms. */
const DRAIN_MS = 30_000

interface Start {
  hasAdmin: boolean
  /** URL of the first run's page. */
  link: string | null
  /** The same, for other machines of the network. */
  elsewhere: string | undefined
  /** Other machines don't reach it. */
  isHidden: boolean
}

/** Says where to look, and what to do next. */
function greeting(url: string, { hasAdmin, link, elsewhere, isHidden }: Start): string {
  // In a clone, `rhizo` is not on the path, but npx finds it.
  const isNpm = process.env['npm_lifecycle_event'] === 'start'
  const run = isNpm ? 'npx rhizo' : 'rhizo'
  const lines = [`rhizo serves ${url}`, `The API, for people: ${url}/api/v1/docs`]
  if (hasAdmin) return [...lines, `Next, in a second terminal: ${run} --help`].join('\n')
  const command = `${run} ${HOW_TO_MAKE_AN_ADMIN}`
  if (link === null) return [...lines, 'Nobody administers it. Make an administrator, in a second terminal:', `  ${command}`].join('\n')
  lines.push('Nobody uses it yet. Set it up in a browser with this link, which works once, within a day:', `  ${link}`)
  if (isHidden)
    lines.push(...describeTunnel(process.env['SSH_CONNECTION'], { user: userInfo().username, port: Number(new URL(url).port), isNpm }))
  if (elsewhere !== undefined) lines.push('From another machine of the network:', `  ${elsewhere}`)
  return [...lines, 'Or make an administrator in a second terminal:', `  ${command}`].join('\n')
}

/** Resolves when another server has become the lab and has had the time to fetch the last changes. */
async function yielded({ context }: Daemon): Promise<'yielded'> {
  if (context.engine.isReadOnly) return new Promise(() => {})
  await new Promise<void>((resolve) => {
    context.lab.onYield = resolve
    if (context.lab.successor) resolve()
  })
  await pause(DRAIN_MS, undefined, { ref: false })
  return 'yielded'
}

async function askedToStop(): Promise<void> {
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
}

/** Stops the daemon; a second signal while it is stopping ends the process at once. */
async function stopOnce(daemon: Daemon): Promise<void> {
  const hurry = (): void => process.exit(1)
  process.on('SIGTERM', hurry)
  process.on('SIGINT', hurry)
  try {
    await daemon.stop()
  } catch (error) {
    complain(`stopping: ${sentenceOf(error)}`)
  } finally {
    process.off('SIGTERM', hurry)
    process.off('SIGINT', hurry)
  }
}
