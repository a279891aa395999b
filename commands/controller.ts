/** `rhizo controller`: controllers. */
import { define as defineClock } from './controller/clock.ts'
import { define as defineCreate } from './controller/create.ts'
import { define as defineList } from './controller/list.ts'
import { define as defineSet } from './controller/set.ts'
import { define as defineStatus } from './controller/status.ts'
import { define as defineWatch } from './controller/watch.ts'
import type { CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  const controller = program
    .command('controller')
    .description('Controllers: the machines that measure and act, each with a folder of its own.')
  for (const defineOne of [defineCreate, defineSet, defineList, defineStatus, defineClock, defineWatch]) defineOne(controller)
}
