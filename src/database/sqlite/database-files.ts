/** The files of which a database consists: itself, its log and what goes with it. */
import { accessSync, constants, existsSync } from 'node:fs'
import { Fault } from '../../base/fault.ts'
import { NotAFile, requireFile } from '../../base/regular-files.ts'

/** Before anything opens the database, as opening a pipe waits for ever. @throws Fault invalid when one of its files is something else */
export function requireFiles(file: string): void {
  for (const [ending, what] of [['', 'The database'], ...['-wal', '-shm', '-journal'].map((one) => [one, "The database's file"])]) {
    const path = `${file}${ending}`
    try {
      requireFile(path, { advice: 'Put back what belongs there, or correct DATABASE_URI; "rhizo restore" brings a backup back.' })
    } catch (error) {
      throw error instanceof NotAFile ? new Fault('invalid', `${what} ${error.message}`, { cause: error }) : error
    }
  }
}

/** Those of a database's files that this user may not write: one of them keeps all from being written. */
export const unwritableOf = (file: string): string[] =>
  ['', '-wal', '-shm'].map((ending) => file + ending).filter((path) => existsSync(path) && !isWritable(path))

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
