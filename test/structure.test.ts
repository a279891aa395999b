/** The house rules: what may import what, and what keeps the rooms easy to find one's way in. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import test from 'node:test'
import { findCircles, listFiles, readImports, readSource, root, type Import } from './support/sources.ts'

/** The rooms of src, lowest first: a room imports only from itself and from rooms before it. */
const ROOMS = [
  'base',
  'wire',
  'tables',
  'settings',
  'certificates',
  'database',
  'foreign',
  'audit',
  'attributes',
  'storage',
  'corrections',
  'tree',
  'content',
  'sequences',
  'prometheus',
  'exports',
  'resources',
  'notes',
  'datasets',
  'mapping',
  'imports',
  'notifications',
  'messages',
  'people',
  'watching',
  'dashboards',
  'housekeeping',
  'extensions',
  'open-postgres-engine.ts',
  'open-engine.ts',
  'open-context.ts',
  'moving-in',
  'doctor',
  'backup',
  'standby',
]

/** Types of what is put together from many rooms: they name classes of rooms above, and hold no code. */
const TYPES = ['engine.ts', 'context.ts']

/** The client library stands apart: programs and the command line use it without a server. */
const CLIENT_IMPORTS = ['base', 'wire', 'tables', 'client']

/** The floors of daemon/, lowest first, those on one floor beside each other: they don't import one another. */
const DAEMON_FLOORS = [
  ['log-file.ts'],
  ['metrics.ts', 'logger.ts', 'parts.ts', 'replies', 'senders'],
  ['loop-watch.ts'],
  ['notification-metrics.ts', 'systemd.ts', 'requests', 'peers'],
  ['workers', 'cluster'],
  ['http', 'websocket', 'mqtt', 'web'],
  ['daemon.ts'],
  ['cluster-daemon.ts'],
]

/** Commands that run a daemon. */
const DAEMON_STARTERS = ['commands/serve.ts', 'commands/demo.ts', 'commands/standby/serve-standby.ts', 'commands/cluster/serve-cluster.ts']

const FOLDERS = ['bin', 'commands', 'daemon', 'src']
const imports = FOLDERS.flatMap(readImports)
const files = FOLDERS.flatMap((folder) => listFiles(folder))
const part = (path: string, level: number): string => path.split('/')[level] ?? ''
const inSrc = imports.filter(({ from, isPackage }) => from.startsWith('src/') && !isPackage)

/** Names those imports that a rule does not allow. */
const offenders = (candidates: readonly Import[], isAllowed: (one: Import) => boolean): string[] =>
  candidates.filter((one) => !isAllowed(one)).map(({ from, to }) => `${from} imports ${to}`)

test('there are imports to check', () => {
  assert.ok(imports.length > 2000, `found only ${imports.length}`)
  assert.ok(imports.some(({ isTypeOnly }) => isTypeOnly) && imports.some(({ isLazy }) => isLazy))
})

test('imports run one way: bin to commands to src, daemon to src', () => {
  const allowed: Record<string, string[]> = {
    bin: ['bin', 'commands', 'src'],
    commands: ['commands', 'src'],
    daemon: ['daemon', 'src'],
    src: ['src'],
  }
  const found = offenders(imports, ({ from, to, isPackage }) => {
    if (isPackage || allowed[part(from, 0)]?.includes(part(to, 0))) return true
    return part(to, 0) === 'daemon' && DAEMON_STARTERS.includes(from)
  })
  assert.deepEqual(found, [])
})

test('a room of src imports only rooms below it', () => {
  const known = new Set([...ROOMS, ...TYPES, 'client'])
  assert.deepEqual(
    listFiles('src').filter((path) => !known.has(part(path, 1))),
    [],
    'each file of src lies in a room of the list',
  )
  const found = offenders(inSrc, ({ from, to, isTypeOnly }) => {
    const [room, other] = [part(from, 1), part(to, 1)]
    if (room === 'client') return CLIENT_IMPORTS.includes(other)
    if (other === 'client') return room === 'doctor' || room === 'standby'
    if (TYPES.includes(room)) return isTypeOnly
    if (TYPES.includes(other)) return isTypeOnly && ROOMS.indexOf(room) >= ROOMS.indexOf('tree')
    return ROOMS.indexOf(other) <= ROOMS.indexOf(room)
  })
  assert.deepEqual(found, [])
})

test('the daemon is built in floors, and transports do not import one another', () => {
  const floorOf = (path: string): number => DAEMON_FLOORS.findIndex((floor) => floor.includes(part(path, 1)))
  assert.deepEqual(
    listFiles('daemon').filter((path) => floorOf(path) === -1),
    [],
    'each file of daemon lies on a floor of the list',
  )
  const inDaemon = imports.filter(({ from, to, isPackage }) => from.startsWith('daemon/') && to.startsWith('daemon/') && !isPackage)
  const found = offenders(inDaemon, ({ from, to }) => part(from, 1) === part(to, 1) || floorOf(to) < floorOf(from))
  assert.deepEqual(found, [])
})

test('scripts of pages take from the server only what runs in a browser', () => {
  const allowed = ['daemon/web/client/', 'daemon/web/shared/', 'src/base/', 'src/wire/']
  const scripts = imports.filter(({ from, isPackage }) => /^daemon\/web\/(client|shared)\//.test(from) && !isPackage)
  assert.deepEqual(
    offenders(scripts, ({ to }) => allowed.some((place) => to.startsWith(place))),
    [],
  )
})

test('no files import one another in a circle', () => {
  assert.deepEqual(findCircles(imports), [])
  const circle = [
    { from: 'a', to: 'b' },
    { from: 'b', to: 'c' },
    { from: 'c', to: 'b' },
  ].map((one) => ({ ...one, isPackage: false, isTypeOnly: false, isLazy: false }))
  assert.deepEqual(findCircles(circle), [['b', 'c']], 'a circle would be found')
})

test('only the database knows its engine', () => {
  const engines = new Set(['better-sqlite3', 'pg'])
  const found = offenders(
    imports.filter(({ to, isPackage }) => isPackage && engines.has(to)),
    // The SQLite store of sequences works on a connection that it is given: it names the type, but makes none. A lab that moves in may come
    // from a PostgreSQL server.
    ({ from, isTypeOnly }) =>
      from.startsWith('src/database/sqlite/') ||
      from.startsWith('src/database/postgres/') ||
      (isTypeOnly && from.startsWith('src/storage/engine/')) ||
      from === 'src/moving-in/postgres-source.ts',
  )
  assert.deepEqual(found, [])
})

test('only the MQTT transport knows the client of other brokers', () => {
  const packages = new Set(['mqtt'])
  const users = imports.filter(({ to }) => packages.has(to))
  assert.ok(users.length > 0)
  assert.deepEqual(
    // The drill loads a server as a device does.
    offenders(users, ({ from }) => from.startsWith('daemon/mqtt/') || from === 'commands/drill/load.ts'),
    [],
  )
})

test('no SQL outside the domain', () => {
  const isSql = /\b(selectFrom|insertInto|updateTable|deleteFrom)\(|\bsql`/
  assert.ok(listFiles('src').some((path) => isSql.test(readSource(path))))
  assert.deepEqual(
    ['bin', 'commands', 'daemon'].flatMap((folder) => listFiles(folder)).filter((path) => isSql.test(readSource(path))),
    [],
  )
})

test('a transaction is begun by transact alone', () => {
  const begin = /\.transaction\(\)/
  assert.deepEqual(
    listFiles('src')
      .concat(listFiles('daemon'), listFiles('commands'))
      .filter((path) => begin.test(readSource(path))),
    // Migrations run before anything else has the database.
    ['src/database/migrate.ts', 'src/database/postgres/transact.ts', 'src/database/transact.ts'],
  )
})

test('files are read by src/base/regular-files.ts, so that a pipe in the place of one keeps nobody waiting', () => {
  const reader = /^import \{[^}]*\b(?:readFile|readFileSync|createReadStream)\b[^}]*\} from 'node:fs(?:\/promises)?'/m
  assert.deepEqual(
    ['bin', 'commands', 'daemon', 'src'].flatMap((folder) => listFiles(folder)).filter((path) => reader.test(readSource(path))),
    [
      // What the program itself brought along, or has just written.
      'bin/bundle.ts',
      'bin/rhizo.ts',
      'commands/demo/record.ts',
      'commands/drill/power-cut.ts',
      'commands/drill/recording.ts',
      'commands/service/unit.ts',
      'daemon/web/assets.ts',
      'src/backup/make-backup.ts',
      'src/base/version.ts',
      // What the system tells.
      'commands/drill/usage.ts',
      'src/base/processes.ts',
      // What was opened and looked at before.
      'daemon/web/folder-files.ts',
      'src/base/regular-files.ts',
      'src/storage/files/folder-storage.ts',
    ].sort(),
  )
})

test('two files never differ in their extension alone', () => {
  const stems = new Map<string, string[]>()
  for (const path of [...files, ...listFiles('test'), ...listFiles('bench')]) {
    const stem = path.replace(/\.tsx?$/, '')
    stems.set(stem, [...(stems.get(stem) ?? []), path])
  }
  assert.deepEqual(
    [...stems.values()].filter((paths) => paths.length > 1),
    [],
  )
})

test('each room has a README of a few lines: what it is, what may import it, where to begin', () => {
  const rooms = ROOMS.concat('client')
    .filter((room) => !room.endsWith('.ts'))
    .map((room) => `src/${room}`)
  const found = [...rooms, 'src', 'daemon', 'commands', 'test'].filter((room) => {
    const path = join(room, 'README.md')
    if (!existsSync(join(root, path))) return true
    const lines = readSource(path).trim().split('\n').length
    return lines < 5 || lines > 15
  })
  assert.deepEqual(found, [])
})

test('documents name files that exist', () => {
  const documents = [
    'docs/design.md',
    ...listFiles('src', /README\.md$/),
    ...listFiles('daemon', /README\.md$/),
    'commands/README.md',
    'test/README.md',
  ]
  const known = new Set([...documents, ...files, ...listFiles('test'), ...listFiles('docs', /\.md$/)])
  const names = new Set([...known].map((path) => basename(path)))
  const missing = documents.flatMap((document) =>
    [...readSource(document).matchAll(/`([\w./-]+\.(?:tsx?|md))`/g)]
      .map(([, name]) => name ?? '')
      // NOUN.tsx stands for any noun.
      .filter((name) => !/[A-Z]{3,}\.tsx?$/.test(name))
      .filter((name) => (name.includes('/') ? ![...known].some((path) => path === name || path.endsWith(`/${name}`)) : !names.has(name)))
      .map((name) => `${document} names ${name}`),
  )
  assert.deepEqual(missing, [])
})

test('no line is longer than 140 characters', () => {
  const ending = /\.(?:tsx?|js)$/
  const paths = [...FOLDERS, 'test', 'bench', 'examples', 'scripts'].flatMap((folder) => listFiles(folder, ending))
  assert.ok(paths.length > 700)
  const found = paths.flatMap((path) =>
    readSource(path)
      .split('\n')
      .flatMap((line, at) => (line.length > 140 ? [`${path}:${at + 1} has ${line.length}`] : [])),
  )
  assert.deepEqual(found, [])
})
