/**
 * Other names of a database's file (hard links). SQLite finds the log by the name with which the file was opened, so what one name's log
 * holds is not there under another name: see https://sqlite.org/howtocorrupt.html#multiple_links
 */
import { readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { conflict } from '../../base/fault.ts'
import { quoteForShell } from '../../base/quote.ts'
import { requireFiles } from './database-files.ts'
import { requireFittingLog, requireNoJournal } from './log-stamp.ts'

/** What to do about a file with several names. */
export const SEVERAL_NAMES =
  'has other names (hard links, as "cp -l" makes them). A copy by such a link is none: it changes with the lab, and a program that opens ' +
  'it there neither sees the newest changes nor keeps away from the server'
export const ADVICE_ON_NAMES = 'Remove the other names, and make copies with "rhizo backup".'

/** How many names the file has; 0 when it is not there, or is no file. */
export function countNames(file: string): number {
  const status = statSync(file, { throwIfNoEntry: false })
  // Folders count those in them.
  return status?.isFile() === true ? status.nlink : 0
}

/**
 * Before anything opens the file: opening joins it with the log that lies beside it.
 * @throws Fault invalid when one of its files is a pipe or the like; conflict when that log is another's (see log-stamp.ts), or the file's
 *   own lies beside another of its names, as after a crash: opened by this name, the file would lack it, and what is written now would
 *   spoil it
 */
export function requireOwnLog(file: string): void {
  requireFiles(file)
  requireNoJournal(file)
  requireFittingLog(file)
  if (countNames(file) < 2 || sizeOf(`${file}-wal`) > 0) return
  const path = realpathSync(file)
  const own = statSync(path, { bigint: true })
  for (const name of readdirSync(dirname(path))) {
    const other = join(dirname(path), name)
    if (name === basename(path) || sizeOf(`${other}-wal`) === 0) continue
    const status = statSync(other, { bigint: true, throwIfNoEntry: false })
    if (status?.ino !== own.ino || status.dev !== own.dev) continue
    throw conflict(
      `The database ${file} has another name, ${other}, and what was stored last is in that name's log, ${other}-wal. ` +
        `Start the server with that name once (DATABASE_URI) and stop it, or remove the name with which it was not used: ` +
        `rm ${quoteForShell(file)}.`,
    )
  }
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0
