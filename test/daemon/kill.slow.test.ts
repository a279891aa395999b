/** What was acknowledged survives SIGKILL at any moment: values by every way, files, keys; and the database is sound. */
import Sqlite from 'better-sqlite3'
import assert from 'node:assert/strict'
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { WebSocket } from 'ws'

/** KILLS=1000 for a night of them. */
const ROUNDS = Number(process.env['KILLS'] ?? 8)
/** Values in bulk that each round stores at least: all rounds together more than the store's head holds, so that it is settled. */
const BULK_OF_A_ROUND = Math.ceil(280_000 / ROUNDS)
const command = fileURLToPath(new URL('../../bin/rhizo.js', import.meta.url))

interface Acknowledged {
  /** Sequence's name → ISO time → value. */
  values: Map<string, Map<string, number>>
  files: Map<string, string>
  keys: string[]
  count: number
}

class Server {
  readonly #folder: string
  readonly env: NodeJS.ProcessEnv
  #child: ChildProcess | undefined
  url = ''
  key = ''

  constructor(folder: string) {
    this.#folder = folder
    this.env = {
      ...process.env,
      RHIZO_SERVER_SETTINGS: join(folder, 'config.yaml'),
      RHIZO_SERVER_PORT: '0',
      XDG_CONFIG_HOME: join(folder, 'profile'),
    }
  }

  async rhizo(...args: string[]): Promise<string> {
    return (await promisify(execFile)(process.execPath, [command, ...args], { cwd: this.#folder, env: this.env })).stdout
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [command, 'serve', '--json'], {
      cwd: this.#folder,
      env: this.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    let said = ''
    this.url = await new Promise((resolve, reject) => {
      child.stdout?.on('data', (chunk: Buffer) => {
        said += chunk.toString('utf8')
        if (said.includes('\n')) resolve((JSON.parse(said) as { url: string }).url)
      })
      child.once('exit', (code) => reject(new Error(`serve ended with ${code}`)))
    })
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (!child) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  /** A request; undefined when the server went away before it answered. */
  async send(method: string, path: string, body?: string | Buffer, type = 'application/json'): Promise<Response | undefined> {
    try {
      const response = await fetch(`${this.url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${this.key}`, ...(body === undefined ? {} : { 'content-type': type }) },
        ...(body === undefined ? {} : { body }),
      })
      // The answer counts once it is all here.
      return new Response(await response.arrayBuffer(), { status: response.status })
    } catch {
      return undefined
    }
  }
}

/**
 * Loads a server by every way at once until `enough` and the bulk of a round were acknowledged, then kills it.
 * @param isWhole asked after each bulk: whether the round may end
 * @returns what was acknowledged
 */
async function loadAndKill(
  server: Server,
  round: number,
  enough: number,
  controllerId: number,
  isWhole: () => boolean,
): Promise<Acknowledged> {
  const known: Acknowledged = { values: new Map(), files: new Map(), keys: [], count: 0 }
  let running = true
  let tellEnough = (): void => {}
  const reached = new Promise<void>((resolve) => (tellEnough = resolve))
  let bulk = 0
  let whole = false
  const note = (add: () => void): void => {
    add()
    if (++known.count >= enough && whole) tellEnough()
  }
  const keepValue = (name: string, time: string, value: number): void => {
    let values = known.values.get(name)
    if (!values) known.values.set(name, (values = new Map<string, number>()))
    values.set(time, value)
  }
  const noteValue = (name: string, time: string, value: number): void => note(() => keepValue(name, time, value))
  // Unique times, so that each acknowledged value can be told apart.
  let tick = 0
  const nextTime = (): string => new Date(Date.UTC(2026, 0, 1 + round) + (tick++ % 3_600_000)).toISOString()

  const loops = [
    async () => {
      const [time, value] = [nextTime(), Math.random()]
      const done = await server.send('PUT', '/resources', JSON.stringify({ values: { '/lab/box/put': value }, timestamp: time }))
      if (done?.status === 200) noteValue('put', time, value)
    },
    async () => {
      // Many, so that the store's head fills up and is settled while the server is killed.
      const items = Array.from({ length: 800 }, () => ({ path: '/lab/box/bulk', timestamp: nextTime(), value: Math.random() }))
      const done = await server.send('POST', '/sequences/values', JSON.stringify(items))
      if (done?.status !== 200) return
      bulk += items.length
      whole ||= bulk >= BULK_OF_A_ROUND && isWhole()
      note(() => items.forEach(({ timestamp, value }) => keepValue('bulk', timestamp, value)))
    },
    async (n: number) => {
      const [path, content] = [`/lab/box/file-${round}-${n}`, `${Math.random()} `.repeat(n % 3 === 0 ? 10_000 : 10)]
      const done = await server.send('POST', `/resources${path}`, content, 'application/octet-stream')
      if (done?.status === 200) note(() => known.files.set(path, content))
    },
    async () => {
      const done = await server.send('POST', '/keys', JSON.stringify({ access_as_controller_id: controllerId }))
      if (done?.status === 200) {
        const { secret_key: key } = (await done.json()) as { secret_key: string }
        note(() => known.keys.push(key))
      }
    },
  ]
  const work = loops.map(async (loop) => {
    for (let n = 0; running; n++) await loop(n)
  })

  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/websocket`, {
    headers: { authorization: `Bearer ${server.key}` },
  })
  socket.on('error', () => {})
  const sent = new Map<number, [string, number]>()
  let nextId = 0
  const sendOne = (): void => {
    const [id, time, value] = [nextId++, nextTime(), Math.random()]
    sent.set(id, [time, value])
    if (socket.readyState === WebSocket.OPEN)
      socket.send(JSON.stringify({ type: 'update_sequence', id, parameters: { sequence: '/lab/box/live', value, timestamp: time } }))
  }
  socket.on('open', () => {
    for (let n = 0; n < 30; n++) sendOne()
  })
  socket.on('message', (data: Buffer) => {
    const { type, id } = JSON.parse(data.toString('utf8')) as { type: string; id: number }
    const value = sent.get(id)
    if (type !== 'ack' || !value) return
    noteValue('live', ...value)
    sendOne()
  })

  await reached
  await server.kill()
  running = false
  socket.terminate()
  await Promise.all(work)
  return known
}

async function verify(server: Server, round: number, known: Acknowledged): Promise<void> {
  const from = new Date(Date.UTC(2026, 0, 1 + round)).toISOString()
  for (const [name, values] of known.values) {
    const lines =
      (await (await server.send('GET', `/resources/lab/box/${name}?format=ndjson&start_timestamp=${from}`))?.text())?.trim().split('\n') ??
      []
    const stored = new Map(
      lines
        .map((line) => Object.values(JSON.parse(line) as { timestamp: string; value: number }) as [string, number])
        .map(([time, value]) => [Date.parse(time), value]),
    )
    for (const [time, value] of values) assert.equal(stored.get(Date.parse(time)), value, `${name} at ${time}`)
  }
  for (const [path, content] of known.files) assert.equal(await (await server.send('GET', `/resources${path}`))?.text(), content, path)
  for (const key of known.keys)
    assert.equal((await fetch(`${server.url}/api/v1/resources/self?meta=1`, { headers: { authorization: `Bearer ${key}` } })).status, 200)
}

test(`all that was acknowledged is there after SIGKILL, ${ROUNDS} times`, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-test-'))
  const server = new Server(folder)
  t.after(async () => {
    await server.kill()
    await rm(folder, { recursive: true, force: true })
  })
  await server.rhizo('init-db')
  server.key = (
    JSON.parse(await server.rhizo('create-admin', 'admin@example.com:correct-horse-9', '--org', 'lab', '--json')) as { secret_key: string }
  ).secret_key
  await server.start()
  const made = await server.send('POST', '/resources', JSON.stringify({ path: '/lab', name: 'box', type: 12 }))
  const { id } = (await made?.json()) as { id: number }
  for (const name of ['put', 'bulk', 'live'])
    await server.send(
      'POST',
      '/resources',
      JSON.stringify({ path: '/lab/box', name, type: 21, data_type: 1, min_storage_interval: 0, max_history: 1_000_000 }),
    )
  const look = <T>(at: (database: Sqlite.Database) => T): T => {
    const database = new Sqlite(join(folder, 'rhizo.db'), { readonly: true })
    try {
      return at(database)
    } finally {
      database.close()
    }
  }
  const isSettled = (): boolean => look((database) => Number(database.prepare('select count(*) from sequence_blocks').pluck().get()) > 0)
  for (let round = 0; round < ROUNDS; round++) {
    const isLast = round === ROUNDS - 1
    // On a busy machine each round may end before the full head is settled: the last one waits for that.
    const known = await loadAndKill(server, round, 50 + Math.floor(Math.random() * 1_500), id, () => !isLast || isSettled())
    look((database) => {
      assert.equal(database.pragma('integrity_check', { simple: true }), 'ok')
      assert.deepEqual(database.pragma('foreign_key_check'), [])
    })
    await server.start()
    await verify(server, round, known)
  }
  assert.ok(isSettled(), 'the head was settled at least once')
})
