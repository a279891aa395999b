/** `rhizo standby`: a second machine that follows a lab, and can take it over. */
import { define as defineFollow } from './standby/follow.ts'
import { define as defineStatus } from './standby/status.ts'
import { define as defineTakeOver } from './standby/take-over.ts'
import type { CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  const standby = program
    .command('standby')
    .description("A second machine that follows a lab, seconds behind, and takes it over when the lab's machine is gone.")
  defineFollow(standby)
  defineTakeOver(standby)
  defineStatus(standby)
}
