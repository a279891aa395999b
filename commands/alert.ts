/** `rhizo alert`: alerts of sequences and controllers. */
import { define as defineAcknowledge } from './alert/acknowledge.ts'
import { define as defineCreate } from './alert/create.ts'
import { define as defineHistory } from './alert/history.ts'
import { define as defineList } from './alert/list.ts'
import { define as defineMute } from './alert/mute.ts'
import { define as defineRemove } from './alert/remove.ts'
import { define as defineSendTest } from './alert/send-test.ts'
import { define as defineTest } from './alert/test.ts'
import { define as defineUpdate } from './alert/update.ts'
import type { CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  const alert = program
    .command('alert')
    .description(
      'Alerts: the server tells people when values are not as they should be, or stay away, once when that begins and once when it ends.',
    )
  const rules = [defineCreate, defineList, defineUpdate, defineRemove, defineTest, defineSendTest]
  for (const defineOne of [...rules, defineHistory, defineMute, defineAcknowledge]) defineOne(alert)
}
