/** `rhizo storage`: where the contents of large files are. */
import { define as defineMove } from './storage/move.ts'
import { define as defineStatus } from './storage/status.ts'
import type { CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  const storage = program
    .command('storage')
    .description('Where the contents of large files are: the storage folder, the database, or a bucket of an S3 server.')
  defineStatus(storage)
  defineMove(storage)
}
