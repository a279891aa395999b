/** `rhizo drill`: tries whether promises hold when things break. */
import { define as defineKill } from './drill/kill.ts'
import { define as definePowerCut } from './drill/power-cut.ts'
import { define as defineSoak } from './drill/soak.ts'
import type { CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  const drill = program.command('drill').description('Try whether promises hold when things break, on a lab of its own.')
  definePowerCut(drill)
  defineKill(drill)
  defineSoak(drill)
}
