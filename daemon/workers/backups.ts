/** Backups and proofs by the schedule in the settings, and alarms when they fail or are missed. */
import { Gauge } from 'prom-client'
import { BackupThread, type BackupOutcome } from '../../src/backup/backup-thread.ts'
import { describeUnread } from '../../src/backup/manifest.ts'
import { insertRecord, listRecords, type NewRecord } from '../../src/backup/records.ts'
import { judge, type BackupState } from '../../src/backup/state.ts'
import type { Context } from '../../src/context.ts'
import type { Check } from '../../src/housekeeping/health.ts'
import { alarmAdmins } from '../../src/notifications/admin-alarms.ts'
import { SECOND, type Micros } from '../../src/base/time.ts'
import type { Metrics } from '../metrics.ts'
import type { Part } from '../parts.ts'
import { Periodic } from './periodic.ts'

const INTERVAL_MS = 60_000

export class Backups implements Part {
  readonly #ctx: Context
  readonly #metrics: Metrics
  readonly #watch: Periodic
  readonly #since: Micros
  #state: BackupState | undefined
  #thread: BackupThread | undefined
  #work: Promise<void> | undefined
  #isStopped = false
  /** Of a missed backup, until there is one again. */
  #isTold = false

  constructor(ctx: Context, metrics: Metrics) {
    this.#ctx = ctx
    this.#metrics = metrics
    this.#since = ctx.believed.now()
    this.#watch = new Periodic(ctx, {
      name: 'looking after the backups',
      everyMs: INTERVAL_MS,
      isFirstAtStart: true,
      lease: 'backups',
      run: () => this.#look(),
    })
  }

  /** As it was at the last look, within a minute; undefined before the first. */
  get state(): BackupState | undefined {
    return this.#state
  }

  async start(): Promise<void> {
    this.#measure()
    if (this.#ctx.settings.backupPlace !== undefined) this.#metrics.checks.set('backup', () => this.check())
    await this.#watch.start()
  }

  /** Ends a backup that is under way: the next start makes it. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#watch.stop()
    await this.#thread?.stop()
    await this.#work
  }

  /** Makes what is due now; resolves when it is done. */
  async run(): Promise<void> {
    await this.#watch.run()
    await this.#work
  }

  /** For /health. */
  check(): Check {
    const state = this.#state
    if (state?.failure !== undefined) return { state: 'warning', message: `The newest backup failed: ${state.failure}` }
    if (state?.isOverdue === true) return { state: 'warning', message: MISSED }
    if (state?.proofFailure !== undefined)
      return { state: 'warning', message: `The newest backup does not restore as it should: ${state.proofFailure}` }
    return { state: 'ok' }
  }

  async #look(): Promise<void> {
    const { settings, engine } = this.#ctx
    const state = await this.#judge()
    if (engine.isReadOnly || state.folder === undefined) return
    if (!state.isOverdue) this.#isTold = false
    else if (!this.#isTold) {
      this.#isTold = await alarmAdmins(
        this.#ctx,
        `A backup of ${settings.SYSTEM_NAME} was missed`,
        `${MISSED} ${this.#thread ? 'One is under way and has not ended. ' : ''}See the folder ${state.folder} and its disk.`,
      )
    }
    if (this.#work || this.#isStopped || !(state.isDue || state.isProofDue)) return
    this.#work = this.#make(state.folder, state).finally(() => (this.#work = undefined))
    // A run that is asked for waits for it; the look every minute does not.
    this.#work.catch((error: unknown) => this.#ctx.log.error({ err: error }, 'a scheduled backup could not be recorded'))
  }

  async #make(folder: string, before: BackupState): Promise<void> {
    if (before.isDue) await this.#do('backup', folder, before)
    if (!this.#isStopped && (await this.#judge()).isProofDue) await this.#do('proof', folder, before)
    await this.#judge()
  }

  async #do(kind: 'backup' | 'proof', folder: string, before: BackupState): Promise<void> {
    // By the believed time: one that a wrong clock dated ahead would be taken for the newest until that time has come.
    const { believed, settings, log, db } = this.#ctx
    const start = believed.now()
    this.#thread = new BackupThread({ kind, settings, folder, isKnown: before.newest !== undefined, now: start })
    const outcome = await this.#thread.outcome()
    this.#thread = undefined
    if (this.#isStopped) return
    const record: NewRecord = { kind, place: folder, start, end: believed.now(), isScheduled: true, ...recordOf(outcome) }
    await insertRecord(db, record)
    if (record.error === undefined)
      log.info({ folder, kind, ...record.made }, kind === 'backup' ? 'backed up the lab' : 'proved the backup')
    await this.#tell(kind, folder, before, record.error)
    for (const warning of 'made' in outcome ? outcome.made.warnings : []) log.warn({ folder }, warning)
  }

  async #tell(kind: 'backup' | 'proof', folder: string, before: BackupState, error: string | undefined): Promise<void> {
    const name = this.#ctx.settings.SYSTEM_NAME
    const what = kind === 'backup' ? `Backups of ${name}` : `Proofs of the backups of ${name}`
    const failedBefore = kind === 'backup' ? before.failure : before.proofFailure
    if (error !== undefined) {
      const newest = before.newest ? 'Earlier backups are still there.' : 'There is no earlier one.'
      await alarmAdmins(this.#ctx, `${what} fail`, `${folder}: ${error} ${newest} The server tries again.`)
    } else if (failedBefore !== undefined) await alarmAdmins(this.#ctx, `${what} work again`, `${folder} has a new one.`)
  }

  async #judge(): Promise<BackupState> {
    const { db, settings, believed } = this.#ctx
    this.#state = judge(await listRecords(db), settings, believed.now(), this.#since)
    return this.#state
  }

  #measure(): void {
    const registers = [this.#metrics.registry]
    const gauge = (name: string, help: string, read: (state: BackupState) => number | undefined): void => {
      const state = (): BackupState | undefined => this.#state
      new Gauge({
        name,
        help,
        registers,
        collect() {
          const now = state()
          // 0 would be a new backup.
          this.set((now && read(now)) ?? Number.NaN)
        },
      })
    }
    const seconds = (time: Micros | undefined): number | undefined => time && time / SECOND
    gauge('rhizo_backup_age_seconds', 'Since the moment that the newest backup holds, as of the last minute.', ({ age }) => seconds(age))
    gauge('rhizo_backup_proof_age_seconds', 'Since the newest proof that a backup restores.', ({ proofAge }) => seconds(proofAge))
    gauge('rhizo_backup_failing', '1 when the newest scheduled backup or proof failed or one was missed, otherwise 0.', (state) =>
      state.failure !== undefined || state.proofFailure !== undefined || state.isOverdue ? 1 : 0,
    )
  }
}

const MISSED = 'No backup was made for longer than the schedule (BACKUP_AT) allows.'

function recordOf(outcome: BackupOutcome): Pick<NewRecord, 'point' | 'made' | 'error'> {
  if ('error' in outcome) return { error: outcome.error }
  if ('made' in outcome) {
    const error = describeUnread(outcome.made.unread)
    return { point: outcome.made.time, made: outcome.made, ...(error === undefined ? {} : { error }) }
  }
  const { time, problems } = outcome.proof
  return { point: time, ...(problems.length > 0 ? { error: problems.join(' ') } : {}) }
}
