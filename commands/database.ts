/** `rhizo database`: where the lab's database is. */
import { define as defineMove } from './database/move.ts'
import type { CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  const database = program.command('database').description("Where the lab's database is: a file, or a PostgreSQL server.")
  defineMove(database)
}
