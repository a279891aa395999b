/** Tells the admins what the start found damaged in the database, and what became of it. */
import type { Context } from '../../src/context.ts'
import type { Check } from '../../src/housekeeping/health.ts'
import { alarmAdmins } from '../../src/notifications/admin-alarms.ts'
import type { Part } from '../parts.ts'

const ADVICE =
  "Look at the server's disk and at the log of its system (dmesg): a disk that damages one page damages more. See that there is a " +
  'sound backup ("rhizo backup --prove"), and move the lab to another disk.'

export class DamageAlarm implements Part {
  readonly #ctx: Context

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  async start(): Promise<void> {
    const { mended, left } = this.#ctx.engine.damage
    if (mended.length + left.length === 0) return
    const subject = `The database of ${this.#ctx.settings.SYSTEM_NAME} was damaged`
    await alarmAdmins(this.#ctx, subject, [...left, ...mended, ADVICE].join('\n\n'))
  }

  async stop(): Promise<void> {}
}

/** What stays damaged is a warning as long as the server runs. */
export function checkDamage({ engine }: Context): Check {
  const { left } = engine.damage
  return left.length === 0 ? { state: 'ok' } : { state: 'warning', message: left.join(' ') }
}
