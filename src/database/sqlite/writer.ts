/**
 * The writer thread. It owns the only writing connection of an SQLite database, so that an fsync, which takes 5 to 100 ms on an SD card,
 * never blocks the main thread. It handles requests in order.
 */
import Database from 'better-sqlite3'
import { parentPort, workerData } from 'node:worker_threads'
import { endHold, makeHoldCheck } from './holder.ts'
import { LOST, ownMemory, type RowsStep, type Sync, type WriterReply, type WriterRequest, type WriterSettings } from './writer-protocol.ts'

const port = parentPort
if (!port) throw new Error('writer.ts runs as a worker thread')

/** Size of changed pages in the log from which on a checkpoint moves them into the database. */
const LOG_BYTES = 8 * 1024 * 1024

const BEGIN = 'begin immediate'

const settings = workerData as WriterSettings
const db = new Database(settings.path)
db.pragma('journal_mode = WAL')
db.pragma(`synchronous = ${settings.synchronous}`)
db.pragma('foreign_keys = ON')
// Another process (`rhizo create-admin` beside a running daemon) may hold the lock for a moment.
db.pragma('busy_timeout = 5000')
db.pragma('cache_size = -8000')
// Checkpoints keep the log short; with large ones, pages that change often are written only once.
db.pragma(`wal_autocheckpoint = ${Math.round(LOG_BYTES / Number(db.pragma('page_size', { simple: true })))}`)

const holds = settings.token === undefined ? undefined : makeHoldCheck(db, settings.token)

/** @throws an error of the code {@link LOST} when the database belongs to another daemon: nothing is committed any more */
function requireHold(): void {
  if (holds?.() === false) throw Object.assign(new Error('another daemon has the database'), { code: LOST })
}

const prepared = new Map<string, Database.Statement>()

function prepare(sql: string): Database.Statement {
  let statement = prepared.get(sql)
  if (!statement) {
    statement = db.prepare(sql)
    if (prepared.size >= 500) prepared.clear()
    prepared.set(sql, statement)
  }
  return statement
}

/** Inside of the transaction that has begun, in which no other process can take the database. */
function requireHoldInside(): void {
  try {
    requireHold()
  } catch (error) {
    prepare('rollback').run()
    throw error
  }
}

function runStatement(id: number, sql: string, parameters: readonly unknown[]): WriterReply {
  const statement = prepare(sql)
  if (statement.reader) return { id, kind: 'statement', rows: statement.all(...parameters), changes: 0, lastId: 0 }
  const isAlone = !db.inTransaction
  if (isAlone && sql !== BEGIN) requireHold()
  const { changes, lastInsertRowid } = statement.run(...parameters)
  if (isAlone && sql === BEGIN) requireHoldInside()
  return { id, kind: 'statement', rows: [], changes, lastId: Number(lastInsertRowid) }
}

function runStep({ sql, columns }: RowsStep): number {
  const statement = prepare(sql)
  const length = columns[0]?.length ?? 0
  const [a, b, c] = columns
  let lastId: number | bigint = 0
  for (let row = 0; row < length; row++) {
    // Three columns are the hot path: it makes no array of parameters for each row.
    const { lastInsertRowid } =
      columns.length === 3 && a && b && c ? statement.run(a[row], b[row], c[row]) : statement.run(...columns.map((column) => column[row]))
    lastId = lastInsertRowid
  }
  return Number(lastId)
}

/** Uses pragma(), which steps to the end: run() would give back a single page. */
function shrink(id: number, pages: number): WriterReply {
  const start = performance.now()
  if (pages > 0) db.pragma(`incremental_vacuum(${Math.floor(pages)})`)
  const milliseconds = performance.now() - start
  return {
    id,
    kind: 'shrink',
    free: Number(db.pragma('freelist_count', { simple: true })),
    total: Number(db.pragma('page_count', { simple: true })),
    milliseconds,
  }
}

function runRows(id: number, steps: RowsStep[], sync: Sync): WriterReply {
  const start = performance.now()
  // Don't wait for the disk: the next transaction that does also syncs this one's pages.
  const isLater = sync === 'later' && settings.synchronous === 'FULL'
  if (isLater) db.pragma('synchronous = NORMAL')
  prepare(BEGIN).run()
  try {
    requireHold()
    let lastId = 0
    for (const step of steps) lastId = runStep(step)
    prepare('commit').run()
    return { id, kind: 'rows', commitMs: performance.now() - start, lastId }
  } catch (error) {
    if (db.inTransaction) prepare('rollback').run()
    throw error
  } finally {
    if (isLater) db.pragma('synchronous = FULL')
  }
}

async function answer(request: WriterRequest): Promise<WriterReply> {
  switch (request.kind) {
    case 'statement':
      return runStatement(request.id, request.sql, request.parameters)
    case 'rows':
      return runRows(request.id, request.steps, request.sync)
    case 'backup':
      await db.backup(request.path)
      return { id: request.id, kind: 'done' }
    case 'shrink':
      return shrink(request.id, request.pages)
    case 'close':
      if (settings.token !== undefined) endHold(db, settings.token)
      prepared.clear()
      db.close()
      return { id: request.id, kind: 'done' }
  }
}

port.on('message', (request: WriterRequest) => {
  answer(request).then(
    (reply) => {
      // Transfer the rows' memory back with the reply. Here it would wait for this thread's garbage collection, which runs seldom.
      port.postMessage(reply, request.kind === 'rows' ? ownMemory(request.steps) : [])
      if (request.kind === 'close') port.close()
    },
    (error: unknown) => {
      const { code, message } = error as { code?: unknown; message?: unknown }
      port.postMessage({
        id: request.id,
        kind: 'error',
        code: typeof code === 'string' ? code : 'ERROR',
        message: String(message),
      } satisfies WriterReply)
    },
  )
})

// The first message of this thread: its connection is open.
port.postMessage('ready')
