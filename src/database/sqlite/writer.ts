/**
 * The writer thread. It owns the only writing connection of an SQLite database, so that an fsync, which takes 5 to 100 ms on an SD card,
 * never blocks the main thread. It handles requests in order.
 */
import Database from 'better-sqlite3'
import { parentPort, workerData } from 'node:worker_threads'
import { endHold, makeHoldCheck } from './holder.ts'
import { stampBeginning, stampEnd } from './log-stamp.ts'
import { PageChanges } from './page-changes.ts'
import type { PagePosition } from './pages.ts'
import {
  IN_DOUBT,
  LOST,
  ownMemory,
  ROLLED_BACK,
  type RowsStep,
  type Sync,
  type WriterReply,
  type WriterRequest,
  type WriterSettings,
} from './writer-protocol.ts'

const port = parentPort
if (!port) throw new Error('writer.ts runs as a worker thread')

/** Size of changed pages in the log from which on a checkpoint moves them into the database. */
const LOG_BYTES = 8 * 1024 * 1024

const BEGIN = 'begin immediate'

const settings = workerData as WriterSettings

let db = open()
let holds = makeHolds()
const prepared = new Map<string, Database.Statement>()

function open(): Database.Database {
  // A file that was deleted meanwhile must not come back empty.
  const connection = new Database(settings.path, { fileMustExist: true })
  connection.pragma('journal_mode = WAL')
  connection.pragma(`synchronous = ${settings.synchronous}`)
  connection.pragma('foreign_keys = ON')
  // Another process (`rhizo create-admin` beside a running daemon) may hold the lock for a moment.
  connection.pragma('busy_timeout = 5000')
  connection.pragma('cache_size = -8000')
  // SQLite's own checkpoints keep their errors to themselves.
  connection.pragma('wal_autocheckpoint = 0')
  return connection
}

function makeHolds(): (() => boolean) | undefined {
  return settings.token === undefined ? undefined : makeHoldCheck(db, settings.token)
}

/*
 * After an fsync that failed, the system forgets what it could not write and the next fsync succeeds: the log may have a hole, behind
 * which a power cut loses everything. So the log is in doubt until all of it was moved into the database, which was synced, and the log
 * is empty. Meanwhile nothing is committed. Errors of writing and of truncating may hide the same.
 */
const DOUBTFUL = /^SQLITE_IOERR(?:_(?:FSYNC|DIR_FSYNC|WRITE|TRUNCATE|CLOSE|DIR_CLOSE))?$/

/** Why the log is in doubt. */
let doubt: string | undefined

const codeOf = (error: unknown): string => {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : 'ERROR'
}

function setDoubt(reason: string | undefined): void {
  if (reason === doubt) return
  doubt = reason
  port?.postMessage({ id: 0, kind: 'state', doubt } satisfies WriterReply)
}

/** Opens the connection again, which drops a transaction that is open, and empties the log. @throws what SQLite throws */
function settleLog(): void {
  prepared.clear()
  if (db.open) db.close()
  db = open()
  holds = makeHolds()
  changes?.restart()
  beginLogAnew()
}

/** @throws what SQLite throws, also when somebody reads the log for too long */
function emptyLog(): void {
  const [result] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
  if (result?.busy !== 0) throw Object.assign(new Error('another program reads the database'), { code: 'SQLITE_BUSY' })
  isEnded = false
}

/** The log has said the last that it says of itself; it is moved into the database next. */
let isEnded = false

function endLog(): void {
  if (isEnded) return
  stamp(stampEnd)
  isEnded = true
}

/**
 * Empties the log, and gives the file a number of its own, which copies that were made before lack, and which the log that begins tells.
 * @throws what SQLite throws
 */
function beginLogAnew(): void {
  emptyLog()
  try {
    stamp(stampBeginning, stampEnd)
    isEnded = true
    emptyLog()
    stamp(stampBeginning)
  } catch (error) {
    // On a full disk, and beside another program, the log is as good without.
    if (DOUBTFUL.test(codeOf(error))) throw error
  }
}

/** Commits what they write. @throws what SQLite throws */
function stamp(...writes: ((connection: Database.Database) => void)[]): void {
  prepare(BEGIN).run()
  try {
    requireHold()
    for (const write of writes) write(db)
    prepare('commit').run()
  } catch (error) {
    rollBack(0)
    throw error
  }
}

/** @throws an error of the code {@link IN_DOUBT} as long as the log can't be settled */
function requireSettled(): void {
  if (doubt === undefined) return
  try {
    settleLog()
  } catch (error) {
    throw Object.assign(new Error(`${doubt}; emptying the log failed with ${codeOf(error)}`), { code: IN_DOUBT })
  }
  setDoubt(undefined)
}

/** At once: the system still has in memory what it could not write. */
function noteError(error: unknown): void {
  const code = codeOf(error)
  if (!DOUBTFUL.test(code)) return
  setDoubt(code)
  try {
    requireSettled()
  } catch {
    // The next request tries again.
  }
}

/** Checkpoints keep the log short; with large ones, pages that change often are written only once. */
function keepLogShort(): void {
  if (db.inTransaction) return
  try {
    if (lookAtLog() * pageBytes() < LOG_BYTES) return
    endLog()
    const frames = lookAtLog()
    const [moved] = db.pragma('wal_checkpoint(PASSIVE)') as { checkpointed: number }[]
    if (moved?.checkpointed !== frames) return
    isEnded = false
    stamp(stampBeginning)
  } catch (error) {
    // What was committed is in the log, and on the disk: this concerns only what comes next.
    noteError(error)
  }
}

/** Which pages changed, once a standby has asked. */
let changes: PageChanges | undefined

/** Tells of the frames that are new, before a checkpoint lets others take their place. @returns how many the log has */
function lookAtLog(): number {
  const [now] = db.pragma('wal_checkpoint(NOOP)') as { log: number }[]
  const frames = now?.log ?? 0
  try {
    changes?.look(db, frames)
  } catch {
    // A standby compares all pages then; the log must be kept short all the same.
    changes?.restart()
  }
  return frames
}

/** How often pages are asked for while another program commits in between. */
const ATTEMPTS = 5

function takePages(id: number, since: PagePosition | undefined, most: number): WriterReply {
  requireSettled()
  changes ??= new PageChanges(db, settings.path)
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    lookAtLog()
    // Nobody else commits or begins the log again meanwhile.
    prepare(BEGIN).run()
    try {
      if (!changes.isUpToDate(db)) continue
      return { id, kind: 'pages', changed: changes.take(since, most, Number(db.pragma('page_count', { simple: true }))) }
    } finally {
      prepare('rollback').run()
    }
  }
  throw Object.assign(new Error('another program keeps changing the database'), { code: 'SQLITE_BUSY' })
}

let knownPageBytes: number | undefined
const pageBytes = (): number => (knownPageBytes ??= Number(db.pragma('page_size', { simple: true })))

/** @throws an error of the code {@link LOST} when the database belongs to another daemon: nothing is committed any more */
function requireHold(): void {
  if (holds?.() === false) throw Object.assign(new Error('another daemon has the database'), { code: LOST })
}

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

function runStatement({ id, sql, parameters, isInside }: Extract<WriterRequest, { kind: 'statement' }>): WriterReply {
  if (isInside && !db.inTransaction) throw Object.assign(new Error('the transaction was rolled back'), { code: ROLLED_BACK })
  if (!isInside) requireSettled()
  const statement = prepare(sql)
  if (statement.reader) return { id, kind: 'statement', rows: statement.all(...parameters), changes: 0, lastId: 0 }
  const isAlone = !db.inTransaction
  if (isAlone && sql !== BEGIN) requireHold()
  const { changes, lastInsertRowid } = statement.run(...parameters)
  if (isAlone && sql === BEGIN) requireHoldInside()
  keepLogShort()
  return { id, kind: 'statement', rows: [], changes, lastId: Number(lastInsertRowid) }
}

/** Fine when SQLite has rolled back by itself, as it does when the disk is full or fails. */
function rollBack(id: number): WriterReply {
  try {
    if (db.inTransaction) prepare('rollback').run()
  } catch (error) {
    // Opening again drops the transaction.
    setDoubt(codeOf(error))
    noteError(error)
  }
  return { id, kind: 'done' }
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
  requireSettled()
  const start = performance.now()
  if (pages > 0) db.pragma(`incremental_vacuum(${Math.floor(pages)})`)
  const milliseconds = performance.now() - start
  keepLogShort()
  return {
    id,
    kind: 'shrink',
    free: Number(db.pragma('freelist_count', { simple: true })),
    total: Number(db.pragma('page_count', { simple: true })),
    milliseconds,
  }
}

function runRows(id: number, steps: RowsStep[], sync: Sync): WriterReply {
  requireSettled()
  const start = performance.now()
  // Don't wait for the disk: the next transaction that does also syncs this one's pages.
  const isLater = sync === 'later' && settings.synchronous === 'FULL'
  if (isLater) db.pragma('synchronous = NORMAL')
  try {
    const lastId = commitRows(steps)
    keepLogShort()
    return { id, kind: 'rows', commitMs: performance.now() - start, lastId }
  } finally {
    if (isLater) db.pragma('synchronous = FULL')
  }
}

/** @returns the id of the row inserted last */
function commitRows(steps: RowsStep[]): number {
  prepare(BEGIN).run()
  try {
    requireHold()
    let lastId = 0
    for (const step of steps) lastId = runStep(step)
    prepare('commit').run()
    return lastId
  } catch (error) {
    rollBack(0)
    throw error
  }
}

function answer(request: WriterRequest): WriterReply {
  switch (request.kind) {
    case 'statement':
      return request.sql === 'rollback' ? rollBack(request.id) : runStatement(request)
    case 'statements':
      return { id: request.id, kind: 'statements', list: request.list.map((one) => answerOrFail({ kind: 'statement', id: 0, ...one })) }
    case 'rows':
      return runRows(request.id, request.steps, request.sync)
    case 'shrink':
      return shrink(request.id, request.pages)
    case 'pages':
      return takePages(request.id, request.since, request.most)
    case 'close':
      prepared.clear()
      try {
        if (settings.token !== undefined) endHold(db, settings.token)
      } finally {
        db.close()
        changes?.close()
      }
      return { id: request.id, kind: 'done' }
  }
}

const memoryOf = (reply: WriterReply): ArrayBuffer[] =>
  reply.kind === 'pages' && reply.changed.pages.buffer instanceof ArrayBuffer ? [reply.changed.pages.buffer] : []

function answerOrFail(request: WriterRequest): WriterReply {
  try {
    return answer(request)
  } catch (error) {
    noteError(error)
    return { id: request.id, kind: 'error', code: codeOf(error), message: error instanceof Error ? error.message : String(error) }
  }
}

port.on('message', (request: WriterRequest) => {
  const reply = answerOrFail(request)
  if (reply.kind === 'error') return port.postMessage(reply)
  // Transfer the rows' memory back with the reply. Here it would wait for this thread's garbage collection, which runs seldom.
  port.postMessage(reply, request.kind === 'rows' ? ownMemory(request.steps) : memoryOf(reply))
  if (request.kind === 'close') port.close()
})

// A daemon that ended while its log was in doubt may have left it so.
if (settings.token !== undefined) {
  try {
    beginLogAnew()
  } catch (error) {
    doubt = `${codeOf(error)} when the log of an earlier run was to be emptied`
  }
}

// The first message of this thread: its connection is open.
port.postMessage('ready')
if (doubt !== undefined) port.postMessage({ id: 0, kind: 'state', doubt } satisfies WriterReply)
