/**
 * The writer thread. It owns the only writing connection of an SQLite database, so that an fsync, which takes 5 to 100 ms on an SD card,
 * never blocks the main thread. It handles requests in order.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { BEGIN, WriterConnection } from './writer-connection.ts'
import { sqliteCodeOf, WriterLog } from './writer-log.ts'
import {
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

const settings = workerData as WriterSettings
const tellDoubt = (doubt: string | undefined): void => port.postMessage({ id: 0, kind: 'state', doubt } satisfies WriterReply)

const connection = new WriterConnection(settings)
const log = new WriterLog(connection, settings.path, tellDoubt)

function runStatement({ id, sql, parameters, isInside }: Extract<WriterRequest, { kind: 'statement' }>): WriterReply {
  if (isInside && !connection.db.inTransaction) throw Object.assign(new Error('the transaction was rolled back'), { code: ROLLED_BACK })
  if (!isInside) log.requireSettled()
  const statement = connection.prepare(sql)
  if (statement.reader) return { id, kind: 'statement', rows: statement.all(...parameters), changes: 0, lastId: 0 }
  const isAlone = !connection.db.inTransaction
  if (isAlone && sql !== BEGIN) connection.requireHold()
  const { changes, lastInsertRowid } = statement.run(...parameters)
  if (isAlone && sql === BEGIN) connection.requireHoldInside()
  log.keepShort()
  return { id, kind: 'statement', rows: [], changes, lastId: Number(lastInsertRowid) }
}

function rollBack(id: number): WriterReply {
  log.rollBack()
  return { id, kind: 'done' }
}

function runStep({ sql, columns }: RowsStep): number {
  const statement = connection.prepare(sql)
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
  log.requireSettled()
  const start = performance.now()
  if (pages > 0) connection.db.pragma(`incremental_vacuum(${Math.floor(pages)})`)
  const milliseconds = performance.now() - start
  log.keepShort()
  return {
    id,
    kind: 'shrink',
    free: Number(connection.db.pragma('freelist_count', { simple: true })),
    total: Number(connection.db.pragma('page_count', { simple: true })),
    milliseconds,
  }
}

function runRows(id: number, steps: RowsStep[], sync: Sync): WriterReply {
  log.requireSettled()
  const start = performance.now()
  // Don't wait for the disk: the next transaction that does also syncs this one's pages.
  const isLater = sync === 'later' && settings.synchronous === 'FULL'
  if (isLater) connection.db.pragma('synchronous = NORMAL')
  try {
    const lastId = log.commit(() => {
      let last = 0
      for (const step of steps) last = runStep(step)
      return last
    })
    log.keepShort()
    return { id, kind: 'rows', commitMs: performance.now() - start, lastId }
  } finally {
    if (isLater) connection.db.pragma('synchronous = FULL')
  }
}

function close(id: number): WriterReply {
  try {
    connection.close()
  } finally {
    log.close()
  }
  return { id, kind: 'done' }
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
      return { id: request.id, kind: 'pages', changed: log.takePages(request.since, request.most) }
    case 'close':
      return close(request.id)
  }
}

const memoryOf = (reply: WriterReply): ArrayBuffer[] =>
  reply.kind === 'pages' && reply.changed.pages.buffer instanceof ArrayBuffer ? [reply.changed.pages.buffer] : []

function answerOrFail(request: WriterRequest): WriterReply {
  try {
    return answer(request)
  } catch (error) {
    log.noteError(error)
    return { id: request.id, kind: 'error', code: sqliteCodeOf(error), message: error instanceof Error ? error.message : String(error) }
  }
}

port.on('message', (request: WriterRequest) => {
  const reply = answerOrFail(request)
  if (reply.kind === 'error') return port.postMessage(reply)
  // Transfer the rows' memory back with the reply. Here it would wait for this thread's garbage collection, which runs seldom.
  port.postMessage(reply, request.kind === 'rows' ? ownMemory(request.steps) : memoryOf(reply))
  if (request.kind === 'close') port.close()
})

const doubt = settings.token === undefined ? undefined : log.begin()
// The first message of this thread: its connection is open.
port.postMessage('ready')
if (doubt !== undefined) tellDoubt(doubt)
