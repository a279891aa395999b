/** `rhizo import`: brings the values of other systems over. */
import { define as defineEmoncms } from './import/emoncms.ts'
import { define as defineHomeAssistant } from './import/home-assistant.ts'
import { define as defineInflux } from './import/influx.ts'
import { define as defineThingsboard } from './import/thingsboard.ts'
import type { CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  const group = program.command('import').description('Bring the values of other systems over, from their files and databases.')
  for (const defineOne of [defineInflux, defineThingsboard, defineHomeAssistant, defineEmoncms]) defineOne(group)
}
