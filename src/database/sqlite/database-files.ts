/** The files of which a database consists: itself, its log and what goes with it. */
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
