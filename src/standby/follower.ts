/**
 * Takes over one change of a lab after the other. Pages are staged until they make up one moment of the lab, the files that this moment
 * names are fetched, and then all becomes visible at once. What is interrupted at any step is asked for again.
 */
import type { Clock } from '../base/clock.ts'
import { Fault, conflict } from '../base/fault.ts'
import type { Log } from '../base/log.ts'
import { parseTimestamp, SECOND, type Micros } from '../base/time.ts'
import { migrations } from '../database/migrate.ts'
import { Applier } from '../database/sqlite/applier-client.ts'
import { HASH_BYTES, type PagePosition } from '../database/sqlite/pages.ts'
import type { Settings } from '../settings/settings.ts'
import type { ChangesHead } from './batch.ts'
import { fetchContents } from './contents.ts'
import type { LabLink } from './lab-link.ts'
import { MOST_GROUPS, MOST_HASHES } from './leader.ts'
import { writeStandbyRecord, type StandbyRecord } from './standby-record.ts'

/** How often it is recorded up to when a standby has everything. */
const RECORD_EVERY = 10 * SECOND

export interface FollowerOptions {
  readonly settings: Pick<Settings, 'file' | 'databaseFile' | 'storageFolder'>
  readonly record: StandbyRecord
  readonly link: LabLink
  readonly clock: Clock
  readonly log: Log
}

/** Up to where the database has what the lab has. */
interface FollowedUntil extends PagePosition {
  /** Revisions of files up to this id have their content here. */
  readonly revision: number
}

/** What became visible. */
export interface Applied {
  /** Resources, permissions or members changed. */
  readonly isTreeChanged: boolean
}

export class Follower {
  readonly #settings: FollowerOptions['settings']
  readonly #link: LabLink
  readonly #clock: Clock
  readonly #log: Log
  readonly #doubtful = new Set<string>()
  #record: StandbyRecord
  #applier: Applier | undefined
  /** undefined: all pages are compared first, as nobody knows what was done with the database while nobody followed. */
  #position: FollowedUntil | undefined
  /** Where the staged pages reach; undefined: nothing is staged. */
  #staged: FollowedUntil | undefined
  /** Pages were staged since the last transaction ended. */
  #hasPages = false
  #tree: string | undefined
  #recordedAt: Micros
  /** By the monotonic clock: all that the lab had acknowledged until then is here. */
  #upToDateAt: Micros | undefined
  /** Tells whoever keeps something of the database in memory. */
  onApplied: (applied: Applied) => Promise<void> = async () => {}

  constructor({ settings, record, link, clock, log }: FollowerOptions) {
    this.#settings = settings
    this.#record = record
    this.#link = link
    this.#clock = clock
    this.#log = log
    this.#recordedAt = clock.monotonic()
  }

  get record(): StandbyRecord {
    return this.#record
  }

  /** For how many seconds the lab may have acknowledged what is not here; undefined when nothing was ever taken over. */
  get secondsBehind(): number | undefined {
    const point = this.#record.point === undefined ? undefined : parseTimestamp(this.#record.point)
    const since =
      this.#upToDateAt === undefined
        ? point === undefined
          ? undefined
          : this.#clock.now() - point
        : this.#clock.monotonic() - this.#upToDateAt
    return since === undefined ? undefined : Math.max(since, 0) / SECOND
  }

  /**
   * Asks once for what is new, and applies it when it makes up a moment.
   * @returns whether the standby now has all that the lab had when it was asked
   * @throws Fault conflict when that is not the lab that it follows, or of another version; what the link and the disk throw. What was
   *   staged is forgotten then
   */
  async step(signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#step(signal)
    } catch (error) {
      this.#staged = undefined
      this.#hasPages = false
      await this.#applier?.discard().catch(() => {})
      throw error
    }
  }

  async #step(signal: AbortSignal): Promise<boolean> {
    const asked = this.#clock.monotonic()
    const position = this.#staged ?? this.#position
    const { epoch = 0, url } = this.#record
    const { head, pages } = await this.#link.changes(position, { epoch, url, signal })
    this.#requireSame(head)
    this.#applier ??= new Applier({ path: this.#settings.databaseFile, pageBytes: head.pageBytes })
    if (head.kind === 'base') {
      await this.#stageBase(signal)
      this.#staged = { run: head.run, until: head.until, revision: 0 }
      return false
    }
    const { revision = 0 } = position ?? {}
    if (pages.length > 0) {
      this.#hasPages = true
      await this.#applier.stage(pages)
    }
    const reached = { run: head.run, until: head.until, revision }
    if (!head.isComplete) {
      this.#staged = reached
      return false
    }
    if (this.#staged || pages.length > 0) await this.#apply(head, reached, signal)
    else if (head.tree !== this.#tree) {
      this.#tree = head.tree
      await this.onApplied({ isTreeChanged: true })
    }
    this.#upToDateAt = asked
    this.#remember({ ...this.#record, point: head.time })
    return true
  }

  async #apply(head: ChangesHead, reached: FollowedUntil, signal: AbortSignal): Promise<void> {
    const { storageFolder: folder } = this.#settings
    const { revision: before } = reached
    const revision = await fetchContents({ link: this.#link, folder, signal, log: this.#log, doubtful: this.#doubtful }, before)
    const { tree } = head
    // When that fails, who knows what the disk has: all is compared then.
    this.#position = undefined
    if (this.#hasPages) await this.#applier?.commit(head.pageCount)
    this.#hasPages = false
    this.#staged = undefined
    const isTreeChanged = tree !== this.#tree
    this.#tree = tree
    this.#record = { ...this.#record, role: 'standby', lab: head.lab, epoch: head.epoch }
    this.#position = { ...reached, revision }
    await this.onApplied({ isTreeChanged })
  }

  #requireSame({ lab, epoch, schema, program }: ChangesHead): void {
    const { lab: own = lab, epoch: known = 0, server } = this.#record
    if (lab !== own) throw conflict(`${server} has lab ${lab} now, and this standby follows lab ${own}: nothing is taken over.`)
    if (epoch < known)
      throw conflict(
        `${server} is the lab of take-over ${epoch}, and another server has taken it over since (${known}): follow that one, with ` +
          '"rhizo standby follow".',
      )
    if (schema !== migrations.length)
      throw conflict(
        `${server} runs rhizo ${program} with the schema version ${schema}, and this standby knows version ${migrations.length}: install ` +
          'the same rhizo here. It goes on from where it is then.',
      )
  }

  /** Stages all groups of pages that differ from the lab's. What changes there meanwhile comes with the changes. */
  async #stageBase(signal: AbortSignal): Promise<void> {
    const applier = this.#applier
    if (!applier) return
    await applier.discard()
    const theirs: Uint8Array[] = []
    let groups = 0
    for (let from = 0; from === 0 || from < groups; from += MOST_HASHES) {
      const part = await this.#link.hashes(from, signal)
      groups = part.groups
      theirs.push(part.hashes)
    }
    const wanted = Buffer.concat(theirs)
    const own = await applier.settle(groups)
    const differing: number[] = []
    for (let group = 0; group * HASH_BYTES < wanted.length; group++) {
      const [from, to] = [group * HASH_BYTES, (group + 1) * HASH_BYTES]
      if (!wanted.subarray(from, to).equals(own.subarray(from, to))) differing.push(group)
    }
    this.#log.info({ groups, differing: differing.length }, 'compared the database with the lab, and takes over what differs')
    this.#hasPages = differing.length > 0
    for (let at = 0; at < differing.length; at += MOST_GROUPS)
      await applier.stage(await this.#link.groups(differing.slice(at, at + MOST_GROUPS), signal))
  }

  #remember(record: StandbyRecord): void {
    this.#record = record
    const now = this.#clock.monotonic()
    if (now - this.#recordedAt < RECORD_EVERY) return
    this.#recordedAt = now
    writeStandbyRecord(this.#settings.file, record, false)
  }

  /** Records where it is, and gives the database back. */
  async close(): Promise<void> {
    this.#link.close()
    try {
      await this.#applier?.close()
    } finally {
      this.#applier = undefined
      writeStandbyRecord(this.#settings.file, this.#record)
    }
  }
}

/** Whether waiting may help. */
export const isPassing = (error: unknown): boolean => error instanceof Fault && (error.code === 'busy' || error.code === 'throttled')
