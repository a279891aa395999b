/** Makes the lab of a standby. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import { conflict } from '../base/fault.ts'
import type { Log } from '../base/log.ts'
import { alarmAdmins } from '../notifications/admin-alarms.ts'
import { openContext } from '../open-context.ts'
import { voidShownCodes } from '../people/second-factors.ts'
import { raiseEpoch } from '../resources/lab-standing.ts'
import type { Settings } from '../settings/settings.ts'
import type { Follower } from './follower.ts'
import { askStanding, LabLink } from './lab-link.ts'
import { endTakeOverOrder, readStandbyRecord, writeStandbyRecord, type StandbyRecord } from './standby-record.ts'

const PATIENCE_MS = 5_000
/** How long the last changes of a lab that yields may take, in ms. */
const DRAIN_MS = 20_000

export interface TakenOver {
  readonly lab: string
  readonly epoch: number
  /** All that the lab had acknowledged by then is here, ISO 8601; undefined when that is not known. */
  readonly point: string | undefined
}

/** @throws Fault conflict when this is no standby, or the lab answers and nobody said that it is to yield */
export async function requireTakeOver(settings: Pick<Settings, 'file'>, isForced: boolean): Promise<StandbyRecord> {
  const record = readStandbyRecord(settings.file)
  if (record?.role !== 'standby' || record.server === undefined)
    throw conflict(
      `The server of ${settings.file} is no standby: there is nothing to take over. ` + 'Make it one with "rhizo standby follow SERVER".',
    )
  if (isForced) return record
  const other = await askStanding(record.server, PATIENCE_MS)
  if (other)
    throw conflict(
      `The lab at ${record.server} still answers. Stop its server first, or say --force: then it yields, its last changes come over, and ` +
        'this one takes over.',
    )
  return record
}

/**
 * Tells the lab, if it answers, to change nothing any more, and takes over its last changes. Never throws: a lab that is gone is why there
 * is a standby.
 */
export async function drain(follower: Follower, log: Log): Promise<void> {
  const { lab, epoch = 0, server, key, url } = follower.record
  if (lab === undefined || server === undefined) return
  const link = new LabLink(server, key, PATIENCE_MS)
  try {
    await link.tell({ lab, epoch: epoch + 1, url })
    const signal = AbortSignal.timeout(DRAIN_MS)
    while (!(await follower.step(signal))) await pause(0)
    log.info({ server }, 'the lab yielded, and its last changes are here')
  } catch (error) {
    log.warn({ err: error, server }, 'the lab that is taken over could not be told; it is told when it runs again')
  } finally {
    link.close()
  }
}

/**
 * The database becomes the lab's, with a number that is higher than that of the server which was it; a crash at any step leaves a standby
 * that does it again. No daemon runs on it.
 * @throws Fault as openContext
 */
export async function becomeLab(settings: Settings, { clock, log }: { clock: Clock; log: Log }): Promise<TakenOver> {
  const record = readStandbyRecord(settings.file)
  const opened = await openContext(settings, { clock, log, isDaemon: true, acquaintance: 'known', isTakeOver: true })
  const { ctx } = opened
  try {
    const { server, key, url, point } = record ?? {}
    const epoch = await raiseEpoch(ctx, record?.epoch)
    await voidShownCodes(ctx)
    const lab = ctx.lab.id
    await alarmAdmins(
      ctx,
      `The standby has taken over ${settings.SYSTEM_NAME}`,
      `Since now this server is the lab, in place of ${server ?? 'the other one'} (take-over ${epoch}). ${describeLoss(point)}`,
    )
    writeStandbyRecord(settings.file, { role: 'lab', server, key, url, lab, epoch, point })
    endTakeOverOrder(settings.file)
    log.warn({ lab, epoch, point, before: server }, 'this server is the lab now')
    return { lab, epoch, point }
  } finally {
    await opened.close()
  }
}

export const describeLoss = (point: string | undefined): string =>
  point === undefined
    ? 'Up to when it had all of the lab is not known.'
    : `All that the lab had acknowledged by ${point} is here; what it acknowledged later may be missing.`
