/**
 * Sees that of two servers with one lab only one is it. The lab asks the server that follows it, or that it followed, which of them was
 * taken over last: before it accepts anything after a start, and then again and again.
 */
import { existsSync } from 'node:fs'
import type { Context } from '../context.ts'
import { alarmAdmins } from '../notifications/admin-alarms.ts'
import { SECOND } from '../base/time.ts'
import type { Check } from '../housekeeping/health.ts'
import { openSnapshot } from '../database/sqlite/snapshot.ts'
import { readIdentity } from '../resources/lab-identity.ts'
import { describeSuccessor, type Successor } from '../resources/lab-standing.ts'
import type { Settings } from '../settings/settings.ts'
import { learnSuccessor } from './leader.ts'
import { askStanding, LabLink, type Standing } from './lab-link.ts'
import { isProven } from './standing.ts'
import { readStandbyRecord, writeStandbyRecord } from './standby-record.ts'

const PATIENCE_MS = 3_000
/** Without a question from the standby, in seconds, after which somebody should look after it. */
const SILENCE = 600

/**
 * Before a server starts: asks the one that followed it. A successor is recorded, so that no later start asks again.
 * @returns the server that has the lab now; undefined: as far as can be found out, this one is the lab
 */
export async function findSuccessor({ file, databaseFile, SALT: salt }: Settings): Promise<Successor | undefined> {
  const record = readStandbyRecord(file)
  if (record?.role === 'retired') return record.successor
  if (record?.role !== 'lab' || record.server === undefined || !existsSync(databaseFile)) return undefined
  const other = await askStanding(record.server, PATIENCE_MS)
  if (other?.lab === undefined || !isProven(salt, { ...other, lab: other.lab })) return undefined
  const { lab, epoch } = await readOwnIdentity(databaseFile)
  if (other.lab !== lab || !isLater(other, epoch)) return undefined
  const successor = { epoch: other.epoch, url: record.server }
  writeStandbyRecord(file, { role: 'retired', lab, epoch, successor })
  return successor
}

async function readOwnIdentity(databaseFile: string): ReturnType<typeof readIdentity> {
  const snapshot = await openSnapshot(databaseFile)
  try {
    return await readIdentity(snapshot.db)
  } finally {
    await snapshot.close()
  }
}

const isLater = ({ epoch, role }: Standing, own: number): boolean => epoch > own && (role === 'lab' || role === 'retired')

/** Asks once. Never throws: a server that does not answer keeps nobody from working. */
export async function lookAtPeer(ctx: Context): Promise<void> {
  const { settings, lab, log } = ctx
  try {
    const record = readStandbyRecord(settings.file)
    if (record?.role !== 'lab' || record.server === undefined || lab.successor) return
    lab.peer ??= record.server
    const other = await askStanding(record.server, PATIENCE_MS)
    if (!other || other.lab !== lab.id || !isProven(settings.SALT, { ...other, lab: other.lab })) return
    if (isLater(other, lab.epoch)) learnSuccessor(ctx, { epoch: other.epoch, url: record.server })
    else if (other.epoch < lab.epoch && other.role === 'lab' && record.key !== undefined)
      await tell(ctx, record.server, record.key, record.url)
  } catch (error) {
    log.error({ err: error }, 'which server is the lab could not be found out')
  }
}

async function tell(ctx: Context, server: string, key: string, url: string | undefined): Promise<void> {
  const { lab, settings } = ctx
  const link = new LabLink(server, key, PATIENCE_MS)
  try {
    await link.tell({ lab: lab.id, epoch: lab.epoch, url })
  } finally {
    link.close()
  }
  await alarmAdmins(
    ctx,
    `The server that was ${settings.SYSTEM_NAME} before runs again`,
    `${server} was taken over and did not know: it was told now, and changes nothing any more. What it stored since the take-over is ` +
      'only there: look at it, and make it the standby with "rhizo standby follow" when nothing of it is needed.',
  )
}

/** For /health. */
export function checkStanding({ lab, clock }: Context): Check {
  if (lab.successor) return { state: 'error', message: describeSuccessor(lab.successor) }
  const { follower } = lab
  const seconds = follower ? (clock.monotonic() - follower.asked) / SECOND : 0
  if (!follower || seconds < SILENCE) return { state: 'ok' }
  return { state: 'warning', message: `The standby ${follower.url} has not asked for ${Math.round(seconds / 60)} minutes: see to it.` }
}
