/** `rhizo note`: notes about times. */
import { define as defineAdd } from './note/add.ts'
import { define as defineEdit } from './note/edit.ts'
import { define as defineList } from './note/list.ts'
import { define as defineRemove } from './note/remove.ts'
import type { CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  const note = program
    .command('note')
    .description('Notes about a time or a stretch of time, on a sequence, or on a controller or folder and all sequences below.')
  for (const defineOne of [defineAdd, defineList, defineEdit, defineRemove]) defineOne(note)
}
