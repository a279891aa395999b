/** The house rules of imports: who may know whom. */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

// Compiled tests lie in dist/test; the sources they speak of are two levels up.
const root = fileURLToPath(new URL('../..', import.meta.url))

interface Import {
  from: string
  to: string
  isPackage: boolean
}

function readImports(folder: string): Import[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name))
  return files.flatMap((name) => {
    const from = join(folder, name)
    const source = readFileSync(join(root, from), 'utf8')
    const matches = source.matchAll(/^\s*(?:import|export)\b[^'"\n]*?(?:from\s+)?'([^']+)'|\bimport\('([^']+)'\)|^\} from '([^']+)'/gm)
    return [...matches].map((match) => {
      const target = match[1] ?? match[2] ?? match[3] ?? ''
      return { from, to: target.startsWith('.') ? normalize(join(dirname(from), target)) : target, isPackage: !target.startsWith('.') }
    })
  })
}

const imports = ['bin', 'commands', 'daemon', 'src'].flatMap(readImports)
const room = (path: string): string => path.split('/', 1)[0] ?? ''

function findOffenders(isAllowed: (one: Import) => boolean, candidates = imports): string[] {
  return candidates.filter((one) => !isAllowed(one)).map(({ from, to }) => `${from} imports ${to}`)
}

test('there are imports to check', () => {
  assert.ok(imports.length > 200, `found only ${imports.length}`)
})

test('imports run one way: bin to commands to src, daemon to src', () => {
  const allowed: Record<string, string[]> = {
    bin: ['bin', 'commands', 'src'],
    commands: ['commands', 'src'],
    daemon: ['daemon', 'src'],
    src: ['src'],
  }
  const offenders = findOffenders(({ from, to, isPackage }) => {
    if (isPackage || allowed[room(from)]?.includes(room(to))) return true
    return room(to) === 'daemon' && (from === 'commands/serve.ts' || from === 'commands/demo.ts')
  })
  assert.deepEqual(offenders, [])
})

test('only the database knows its engine', () => {
  const engines = new Set(['better-sqlite3', 'pg'])
  const offenders = findOffenders(
    ({ from }) => from.startsWith('src/database/'),
    imports.filter(({ from, to, isPackage }) => isPackage && engines.has(to) && !isTypeOnly(from, to)),
  )
  assert.deepEqual(offenders, [])
})

/** The SQLite store of sequences takes a connection that it is given: it names the type, but makes none. */
function isTypeOnly(from: string, to: string): boolean {
  return from.startsWith('src/storage/engine/') && readFileSync(join(root, from), 'utf8').includes(`import type Sqlite from '${to}'`)
}

test('transports do not import one another', () => {
  const transports = ['daemon/http/', 'daemon/websocket', 'daemon/mqtt', 'daemon/web/']
  const offenders = findOffenders(({ from, to }) => {
    const own = transports.find((name) => from.startsWith(name))
    const other = transports.find((name) => to.startsWith(name))
    return own === undefined || other === undefined || own === other
  })
  assert.deepEqual(offenders, [])
})

test('only the MQTT transport knows the broker', () => {
  const packages = new Set(['aedes', 'mqtt', 'mqtt-packet'])
  assert.deepEqual(
    findOffenders(
      ({ from }) => from.startsWith('daemon/mqtt/'),
      imports.filter(({ to }) => packages.has(to)),
    ),
    [],
  )
})

test('no SQL outside the domain', () => {
  const offenders = ['bin', 'commands', 'daemon'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name))
      .filter((name) => /\b(selectFrom|insertInto|updateTable|deleteFrom)\(|\bsql`/.test(readFileSync(join(root, folder, name), 'utf8')))
      .map((name) => join(folder, name)),
  )
  assert.deepEqual(offenders, [])
})

test('the client library stands alone: it needs nothing of the server', () => {
  const allowed = ['src/client/', 'src/wire/', 'src/base/']
  const offenders = findOffenders(
    ({ to, isPackage }) => isPackage || allowed.some((place) => to.startsWith(place)),
    imports.filter(({ from }) => from.startsWith('src/client/')),
  )
  assert.deepEqual(offenders, [])
})
