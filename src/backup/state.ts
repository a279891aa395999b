/** How it stands with the backups: for the page System, /health, /metrics and the schedule. */
import { isSystemAdmin, type Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { forbidden } from '../base/fault.ts'
import { DAY, MINUTE, type Micros } from '../base/time.ts'
import type { Settings } from '../settings/settings.ts'
import { listRecords, type BackupRecord } from './records.ts'
import { isDue, isOverdue, parseSchedule, retryAfter } from './schedule.ts'

export interface BackupState {
  /** The folder of the schedule; undefined when there is none. */
  readonly folder: string | undefined
  /** The newest backup that went well: to the folder of the schedule, or to any when there is none. */
  readonly newest: BackupRecord | undefined
  /** The newest proof that was attempted. */
  readonly proof: BackupRecord | undefined
  /** Time since the moment that the newest backup holds, and since the newest proof that went well. */
  readonly age: Micros | undefined
  readonly proofAge: Micros | undefined
  /** Why the newest backup, or proof, to that folder failed; undefined when it went well. */
  readonly failure: string | undefined
  readonly proofFailure: string | undefined
  /** A backup is missed: the schedule should have made one long ago. */
  readonly isOverdue: boolean
  /** The schedule makes one now. */
  readonly isDue: boolean
  readonly isProofDue: boolean
}

type Scheduled = Pick<Settings, 'backupPlace' | 'BACKUP_AT' | 'BACKUP_PROVE_EVERY'>

/** @param since from when on there should be backups: the server's start, when there is no record */
export function judge(records: readonly BackupRecord[], settings: Scheduled, now: Micros, since: Micros): BackupState {
  const { backupPlace: folder } = settings
  const own = folder === undefined ? records : records.filter(({ place }) => place === folder)
  const [backups, proofs] = [own.filter(({ kind }) => kind === 'backup'), own.filter(({ kind }) => kind === 'proof')]
  const newest = backups.find(({ error }) => error === null)
  const proven = proofs.find(({ error }) => error === null)
  const schedule = parseSchedule(settings.BACKUP_AT)
  const [last, lastProof] = [backups[0], proofs[0]]
  const mayTry = last === undefined || last.error === null || !isWithin(now, last.end, retryAfter(schedule))
  const first = own.at(-1)?.start ?? since
  return {
    folder,
    newest,
    proof: lastProof,
    age: newest && now - (newest.point ?? newest.start),
    proofAge: proven && now - proven.start,
    failure: last?.error ?? undefined,
    proofFailure: lastProof?.error ?? undefined,
    isOverdue: folder !== undefined && isOverdue(schedule, now, newest?.start ?? first),
    isDue: folder !== undefined && mayTry && isDue(schedule, now, newest?.start),
    isProofDue: folder !== undefined && newest !== undefined && isProofDue(settings, now, lastProof),
  }
}

function isProofDue({ BACKUP_PROVE_EVERY: days }: Scheduled, now: Micros, last: BackupRecord | undefined): boolean {
  if (days === 0) return false
  return last === undefined || !isWithin(now, last.start, last.error === null ? days * DAY : DAY)
}

/** Whether a time is less than so long ago; one that is to come says nothing, as a clock was wrong then. */
const isWithin = (now: Micros, time: Micros, length: Micros): boolean => time <= now + 5 * MINUTE && now - time < length

/** @throws Fault forbidden for all but system admins */
export async function readBackupState(ctx: Context, actor: Actor): Promise<BackupState> {
  if (!isSystemAdmin(actor)) throw forbidden('Only system admins see how it stands with the backups.')
  const now = ctx.believed.now()
  return judge(await listRecords(ctx.db), ctx.settings, now, now)
}
