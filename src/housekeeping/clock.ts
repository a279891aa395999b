/** What the server thinks of its clock, and an admin's word that it is right. */
import { RELEASED } from '../base/believed-time.ts'
import { conflict, forbidden } from '../base/fault.ts'
import { formatTimestamp } from '../base/time.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import { writeKnownTime } from '../database/known-time.ts'
import { logWork } from '../notifications/worker-log.ts'
import { isSystemAdmin, type Actor } from '../tree/actor.ts'
import type { ClockReport } from '../wire/answers.ts'

/** @throws Fault forbidden for all but system admins */
export function describeClock(ctx: Context, actor: Actor): ClockReport {
  requireSystemAdmin(actor)
  const { aging, believed, clock } = ctx
  const { newest, leaps } = believed.known
  return {
    clock: formatTimestamp(clock.now()),
    believed: formatTimestamp(newest),
    is_right: believed.isClockRight,
    leaps: leaps.map(({ from, until }) => ({ from: formatTimestamp(from), until: formatTimestamp(until) })),
    waiting: aging.waiting.map(({ what, count, total, before }) => ({ what, count, total, before: formatTimestamp(before) })),
  }
}

/**
 * An admin looked at the clock and says that it is right: it is believed from now on, and what waits because the clock leapt goes with the
 * next removals. Durable when this resolves.
 * @throws Fault forbidden for all but system admins; conflict when the clock can't be right
 */
export async function confirmClock(ctx: Context, actor: Actor): Promise<ClockReport> {
  requireSystemAdmin(actor)
  const { aging, believed, clock, engine, log } = ctx
  const shown = formatTimestamp(clock.now())
  if (clock.now() < RELEASED) throw conflict(`The server's clock shows ${shown}, which can't be right: set it first.`)
  const waited = aging.waiting
  believed.confirm()
  aging.release()
  await writeKnownTime(engine, believed.known)
  await recordAudit(ctx, ctx.db, actor, { kind: 'setting.changed', subject: { kind: 'setting', name: 'clock' }, details: { clock: shown } })
  log.info({ clock: shown, waited: waited.length }, 'an admin said that the clock is right')
  await logWork(ctx, `An admin said that the clock is right: it shows ${shown}.${waited.length > 0 ? ' What waited is removed.' : ''}`)
  return describeClock(ctx, actor)
}

/** @throws Fault forbidden */
export function requireSystemAdmin(actor: Actor): void {
  if (!isSystemAdmin(actor)) throw forbidden("Only system admins look after the server's clock.")
}
