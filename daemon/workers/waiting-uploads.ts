/** Looks whether the bucket for large files can be used, and sends on uploads that waited while it could not. */
import { formatTimestamp } from '../../src/base/time.ts'
import type { Context } from '../../src/context.ts'
import type { Check } from '../../src/housekeeping/health.ts'
import { alarmAdmins } from '../../src/notifications/admin-alarms.ts'
import { Periodic } from './periodic.ts'

const INTERVAL_MS = 15_000
const MEGABYTE = 1_000_000
/** Times that it was looked at in a row: what passes within a few minutes is no news. */
const LOOKS_UNTIL_ALARM = 20

export function makeWaitingUploads(ctx: Context): Periodic {
  let failures = 0
  return new Periodic(ctx, {
    name: 'sending uploads that wait for the bucket',
    everyMs: INTERVAL_MS,
    lease: 'waiting uploads',
    run: async (isStopped) => {
      const sent = (await ctx.storage.catchUp?.(isStopped)) ?? 0
      if (sent > 0) ctx.log.info({ pieces: sent }, 'sent on what waited for the bucket')
      const { message } = checkWaiting(ctx)
      failures = message === undefined ? 0 : failures + 1
      if (failures === LOOKS_UNTIL_ALARM) await alarmAdmins(ctx, `The bucket of ${ctx.settings.SYSTEM_NAME} can't be used`, message ?? '')
    },
  })
}

/** For the health and the system page: a warning while uploads wait, an error once no more can. */
export function checkWaiting({ storage }: Pick<Context, 'storage'>): Check {
  const waiting = storage.waiting?.()
  if (waiting?.problem === undefined) return { state: 'ok' }
  const { pieces, bytes, most, since, problem } = waiting
  const isFull = bytes >= most
  const told = isFull
    ? 'No more uploads of large files are taken until it is back.'
    : `Uploads wait in the storage folder and are sent on: ${pieces} now, ${(bytes / MEGABYTE).toFixed(1)} of ${most / MEGABYTE} MB.`
  return {
    state: isFull ? 'error' : 'warning',
    message: `${problem} Since ` + `${since === undefined ? 'a moment' : formatTimestamp(since)}. ${told}`,
  }
}
