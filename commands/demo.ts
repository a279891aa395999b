/** `rhizo demo`: runs a server on a temporary database, with controllers that replay real measurements. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Client } from '../src/client/client.ts'
import { Controller } from '../src/client/controller.ts'
import { formatTimestamp } from '../src/base/time.ts'
import { DAY } from '../src/base/time.ts'
import { DEMO_DASHBOARDS } from './demo/dashboards.ts'
import type { RecordRow, RecordTable } from './demo/record.ts'
import { readRecord, RECORD_TABLES } from './demo/record.ts'
import { replay } from './demo/replay.ts'
import { action, requireNumber, type CommandGroup } from './support/session.ts'

const ORGANIZATION = 'demo'

export function define(program: CommandGroup): void {
  program
    .command('demo')
    .description(
      'Run a server on a temporary database with two controllers: one replays the daily weather of Seattle, one the monthly ' +
        'CO₂ of Mauna Loa. The first half of each record is there from the start, moved in time so that it ends today; the rest ' +
        'comes live. A link signs you in to its web site. Ctrl-C ends it and leaves nothing behind.',
    )
    .option('--speed <rows>', 'rows of each record in a second', '1')
    .option('--port <number>', 'port to serve on; any free one unless given', '0')
    .addHelpText('after', '\nExamples:\n  rhizo demo\n  rhizo demo --speed 10')
    .action(
      action(async (session, options) => {
        const speed = requireNumber(options.speed, '--speed', { least: 0.01 })
        const folder = await mkdtemp(join(tmpdir(), 'rhizo-demo-'))
        const stop = new AbortController()
        const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(() => stop.abort())
        const undo: (() => Promise<unknown>)[] = [async () => rm(folder, { recursive: true, force: true })]
        try {
          const { url, key, link, stopDaemon } = await startServer(folder, requireNumber(options.port, '--port', { least: 0, whole: true }))
          undo.unshift(stopDaemon)
          const client = new Client({ server: url, key })
          undo.unshift(async () => client.close())
          const players: Promise<void>[] = []
          for (const table of RECORD_TABLES) {
            const { play, close } = await setUpController(client, table, speed, stop.signal)
            undo.unshift(close)
            players.push(play())
          }
          for (const [name, text] of DEMO_DASHBOARDS) await client.files.write(`/${ORGANIZATION}/${name}`, text)
          await session.out.show({ server: url, secret_key: key, sign_in_url: link }, describe(url, key, { speed, link }))
          await Promise.race([Promise.all(players), stopped])
          if (!stop.signal.aborted) await session.out.show({ state: 'replayed' }, 'The records end here; the server goes on until Ctrl-C.')
          await stopped
        } finally {
          for (const act of undo) await act()
        }
      }),
    )
}

interface DemoServer {
  readonly url: string
  readonly key: string
  /** Signs in to the web site, once. */
  readonly link: string
  readonly stopDaemon: () => Promise<void>
}

async function startServer(folder: string, port: number): Promise<DemoServer> {
  const [{ initializeSettings, loadSettings }, { createDaemon }, { systemClock }, { silentLog }, { createAdmin }, { makeToken }] =
    await Promise.all([
      import('../src/settings/settings.ts'),
      import('../daemon/daemon.ts'),
      import('../src/base/clock.ts'),
      import('../src/base/log.ts'),
      import('../src/people/first-admin.ts'),
      import('../src/base/secrets.ts'),
    ])
  const file = join(folder, 'config.yaml')
  initializeSettings(file)
  const daemon = createDaemon(loadSettings(file, { RHIZO_SERVER_PORT: String(port) }), { clock: systemClock, log: silentLog })
  await daemon.start()
  const admin = await createAdmin(daemon.context, {
    emailAddress: 'demo@example.com',
    password: makeToken(),
    fullName: 'Demo',
    organization: ORGANIZATION,
  })
  const link = daemon.url + daemon.context.signInLink.offer(daemon.context, admin.userId)
  return { url: daemon.url, key: admin.secretKey, link, stopDaemon: async () => daemon.stop() }
}

/** Creates the controller of a table with its sequences and the first half of its record; `play` sends the rest live. */
async function setUpController(
  client: Client,
  table: RecordTable,
  speed: number,
  signal: AbortSignal,
): Promise<{ play: () => Promise<void>; close: () => Promise<unknown> }> {
  const path = `/${ORGANIZATION}/${table.controller}`
  const id = await client.resources.create(path, 'controller_folder')
  for (const { name, units, decimals } of table.sequences)
    await client.sequences.create(`${path}/${name}`, { type: 'numeric', units, decimals })
  const rows = await readRecord(table)
  const half = Math.floor(rows.length / 2)
  // By whole days, so that each value keeps its time of day.
  const shift = Math.floor((Date.now() * 1000 - (rows[half - 1]?.time ?? 0)) / DAY) * DAY
  const past = rows
    .slice(0, half)
    .flatMap((row) =>
      [...row.values].map(([name, value]) => ({ path: `${path}/${name}`, timestamp: formatTimestamp(row.time + shift), value })),
    )
  await client.sequences.append(past)
  const { secret_key: key } = await client.keys.createForController(id)
  const controller = new Controller({ server: client.url, key, version: 'demo-1' })
  await controller.connect()
  const rest = rows.slice(half)
  const send = async (row: RecordRow): Promise<void> => {
    if (row.values.size > 0) await controller.updateMany(Object.fromEntries(row.values))
  }
  return {
    play: async () => replay([{ rows: rest, send }], rest[0]?.time ?? 0, speed * daysBetween(rest), signal),
    close: async () => controller.close({ timeout: 1_000 }),
  }
}

/** The average distance of rows, in days. */
function daysBetween(rows: RecordRow[]): number {
  return ((rows.at(-1)?.time ?? 0) - (rows[0]?.time ?? 0)) / DAY / Math.max(rows.length - 1, 1)
}

function describe(url: string, key: string, { speed, link }: { speed: number; link: string }): string {
  const [weather, carbon] = RECORD_TABLES.map((table) => `/${ORGANIZATION}/${table.controller}/${table.sequences[0]?.name ?? ''}`)
  const script = process.argv[1] ?? 'rhizo'
  // In a clone, the command is not on the path under its name.
  const alias = basename(script) === 'rhizo' ? '' : `  alias rhizo="node '${script}'"\n`
  return `rhizo serves ${url}, with a temporary database and:
${RECORD_TABLES.map(({ controller, title }) => `  /${ORGANIZATION}/${controller.padEnd(10)}  ${title}`).join('\n')}
Half of each record is stored and ends today; the rest comes live, ${speed} rows a second. Ctrl-C ends it all.

Look at it in a browser with this link, which signs you in once:
  ${link}

In another terminal:
${alias}  export RHIZO_SERVER_NAME=${new URL(url).host} RHIZO_SECRET_KEY=${key}
  rhizo seq ls /${ORGANIZATION}
  rhizo seq tail ${weather}
  rhizo seq plot ${carbon}
  rhizo seq get ${weather} -n 5 --json
  rhizo msg listen /${ORGANIZATION} -R`
}
