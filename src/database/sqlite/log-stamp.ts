/**
 * Tells whether a database and the log beside it belong together. SQLite takes any log that is whole, so the log of another database, or
 * the one that a copy was put beside after a crash, would be written over pages of a sound database: see
 * https://sqlite.org/howtocorrupt.html#unlinking_or_renaming_a_database_file_while_in_use
 *
 * Two numbers of the first page say it, which SQLite leaves to programs and takes along in each copy:
 *
 * * `user_version` is by chance, and changes as the last thing before the log is moved into the database.
 * * `application_id` is written first into the log that begins then, and is the `user_version` of that moment.
 *
 * So what a log says of one of the two is the `user_version` of the file that it goes on from. A copy that was made earlier says another.
 */
import type Sqlite from 'better-sqlite3'
import { randomInt } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { conflict } from '../../base/fault.ts'
import { quoteForShell } from '../../base/quote.ts'
import { requireFile } from '../../base/regular-files.ts'
import { FRAME_HEADER_BYTES, LOG_HEADER_BYTES, LogCheck } from './log-frames.ts'

interface Stamp {
  readonly version: number
  readonly before: number
}

/** Bytes of the first page that say what the file is, and their places in them. */
const HEADER_BYTES = 100
const [PAGE_SIZE_AT, VERSION_AT, BEFORE_AT] = [16, 60, 68]
const FILE_MAGIC = 'SQLite format 3\0'
/** What is read of a log at a time, in bytes. */
const PIECE_BYTES = 1024 * 1024
/** How often both are looked at again while a daemon begins its log anew. */
const ATTEMPTS = 5

/** Before the whole log is moved into the database. Inside a transaction. */
export function stampEnd(db: Sqlite.Database): void {
  db.pragma(`user_version = ${randomInt(1, 2 ** 31)}`)
}

/** After the whole log was moved into the database. Inside a transaction. */
export function stampBeginning(db: Sqlite.Database): void {
  db.pragma(`application_id = ${Number(db.pragma('user_version', { simple: true }))}`)
}

/**
 * Reads both as they are on the disk: opening them would already join them. Says nothing of files that an earlier version made, of a log
 * that says nothing of the two numbers, and of what can't be read.
 * @throws Fault conflict when the log belongs to another database, or to another state of this one
 */
export function requireFittingLog(file: string): void {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = stampOf(file)
    if (found === undefined || found.version === 0) return
    const log = stampInLog(`${file}-wal`)
    if (log === undefined || log.version === found.version || log.before === found.version) return
    if (stampOf(file)?.version !== found.version) continue
    throw conflict(
      `The log ${file}-wal does not belong to the database ${file}: the one was put beside the other, as happens when a copy takes the ` +
        "place of a database that was not stopped. Together they would spoil the database, so nothing was changed. If the database's " +
        `file is the right one, take the log away: mv ${quoteForShell(`${file}-wal`)} ${quoteForShell(`${file}-wal.aside`)}. ` +
        'If the log holds what you need, put the database file back that it was written with. "rhizo restore" puts both right.',
    )
  }
}

/** At the beginning of a journal by which SQLite undoes what a program had begun to change. */
const JOURNAL_MAGIC = 'd9d505f920a163d7'
/** In the header of a database that has a log: it has no such journal. */
const [JOURNAL_MODE_AT, HAS_LOG] = [18, 2]
/** While a database is made, it has one, and a page or two. */
const MADE_BYTES = 8_192

/**
 * A database with a log has no journal for undoing: one beside it is another's, and opening the two would cut the database to the size
 * that the other had.
 * @throws Fault conflict
 */
export function requireNoJournal(file: string): void {
  const journal = `${file}-journal`
  const magic = withFile(journal, (descriptor) => readAt(descriptor, 0, JOURNAL_MAGIC.length / 2))
  if (magic?.toString('hex') !== JOURNAL_MAGIC) return
  const header = withFile(file, (descriptor) => (fstatSync(descriptor).size > MADE_BYTES ? readAt(descriptor, 0, HEADER_BYTES) : undefined))
  if (header?.[JOURNAL_MODE_AT] !== HAS_LOG) return
  throw conflict(
    `The journal ${journal} is none of the database ${file}, which has a log instead: it was put there, or another program left it. ` +
      'Together they would spoil the database, so nothing was changed. Take the journal away: ' +
      `mv ${quoteForShell(journal)} ${quoteForShell(`${journal}.aside`)}.`,
  )
}

const stampIn = (page: Buffer): Stamp => ({ version: page.readInt32BE(VERSION_AT), before: page.readInt32BE(BEFORE_AT) })

/** Of the file alone, whatever its log says. */
function stampOf(file: string): Stamp | undefined {
  const header = withFile(file, (descriptor) => readAt(descriptor, 0, HEADER_BYTES))
  return header?.length === HEADER_BYTES && header.toString('latin1', 0, PAGE_SIZE_AT) === FILE_MAGIC ? stampIn(header) : undefined
}

/** As of the last transaction that is whole; undefined when none of them changed the first page. */
const stampInLog = (file: string): Stamp | undefined =>
  withFile(file, (descriptor) => {
    const check = LogCheck.begin(readAt(descriptor, 0, LOG_HEADER_BYTES))
    if (check === undefined) return undefined
    const frameBytes = FRAME_HEADER_BYTES + check.pageBytes
    const most = Math.max(1, Math.floor(PIECE_BYTES / frameBytes)) * frameBytes
    let [newest, committed]: (Stamp | undefined)[] = []
    for (let at = LOG_HEADER_BYTES; ; at += most) {
      const piece = readAt(descriptor, at, most)
      for (let start = 0; start + frameBytes <= piece.length; start += frameBytes) {
        const frame = piece.subarray(start, start + frameBytes)
        const header = check.next(frame)
        if (header === undefined) return committed
        if (header.page === 1) newest = stampIn(frame.subarray(FRAME_HEADER_BYTES))
        if (header.pages > 0) committed = newest
      }
      if (piece.length < most) return committed
    }
  })

/** @returns undefined when it can't be read, which those tell who open it */
function withFile<T>(file: string, read: (descriptor: number) => T): T | undefined {
  let descriptor: number | undefined
  try {
    requireFile(file)
    descriptor = openSync(file, 'r')
    return read(descriptor)
  } catch {
    return undefined
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

/** @returns fewer bytes where the file ends */
function readAt(descriptor: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let done = 0
  while (done < length) {
    const count = readSync(descriptor, bytes, done, length - done, at + done)
    if (count === 0) break
    done += count
  }
  return bytes.subarray(0, done)
}
