/**
 * Whose the contents below a prefix are: `owner.json` records it, and `lock.json`, renewed twice a minute, keeps other daemons
 * away. S3 has no locks that end by themselves: the lock of a daemon that ended without giving it back is over after two minutes,
 * or at once for a daemon on the same machine that sees that the other is gone.
 */
import { randomUUID } from 'node:crypto'
import { hostname, uptime } from 'node:os'
import { Fault } from '../../base/fault.ts'
import type { StorageOwner } from '../bulk-storage.ts'
import type { S3Client } from './s3-client.ts'
import { readJson, removeObject, writeJson } from './s3-objects.ts'
import { describePlace } from './s3-place.ts'

const OWNER = 'owner.json'
const LOCK = 'lock.json'
const RENEWED_MS = 30_000
const OVER_MS = 120_000
/** How exactly a machine knows when it started, in ms. */
const SLACK_MS = 5_000

const ADVICE = 'or give this one a part of the bucket of its own with the setting S3_PREFIX'

export class S3Owner {
  readonly #client: S3Client
  readonly #id = randomUUID()
  /** When this process began, in ms since 1970: tells it from an earlier one with the same number. */
  readonly #started = Math.round(performance.timeOrigin)
  #claimed: StorageOwner | undefined
  #timer: NodeJS.Timeout | undefined
  #loss: Fault | undefined
  readonly #isShared: boolean

  /** @param isShared daemons of one database take it from one another: the one that leads there has taken the database from the last one */
  constructor(client: S3Client, isShared = false) {
    this.#client = client
    this.#isShared = isShared
  }

  get claimed(): StorageOwner | undefined {
    return this.#claimed
  }

  /** @throws Fault conflict once another daemon has taken the lock */
  requireHeld(): void {
    if (this.#loss) throw this.#loss
  }

  /**
   * @param named as for any bulk storage
   * @throws Fault conflict when it belongs to another lab, or another daemon uses it; busy when the bucket can't be asked, or is not the
   * one that the lab had
   */
  async claim(owner: StorageOwner, named?: () => Promise<readonly string[]>): Promise<void> {
    const recorded = await this.read()
    if (!recorded && named && (await named()).length > 0)
      throw new Fault(
        'busy',
        `The bucket ${describePlace(this.#client.place)} is new, though the lab has files in a bucket: nothing is stored there. See that ` +
          'S3_STORAGE_BUCKET, S3_PREFIX and S3_ENDPOINT name the right one. If the files are lost, go on without them: stop the server ' +
          'and run "rhizo init-db --adopt".',
        { retryAfter: 60 },
      )
    if (recorded && recorded.lab !== owner.lab) {
      const { problem, advice } = describeOtherS3Owner(this.#client, recorded, owner)
      throw new Fault('conflict', `The bucket ${describePlace(this.#client.place)} ${problem}. ${advice}`)
    }
    await this.#requireFree()
    await this.#renew()
    // Of two that begin at one moment the later one has the lock.
    const lock = await readJson(this.#client, LOCK)
    if (lock?.content['id'] !== this.#id) throw this.#inUse(lock?.content ?? {}, OVER_MS)
    if (recorded?.database !== owner.database) await writeJson(this.#client, OWNER, owner)
    this.#claimed = owner
    this.#loss = undefined
    this.#timer = setInterval(() => void this.#keep(), RENEWED_MS).unref()
  }

  async release(): Promise<void> {
    clearInterval(this.#timer)
    if (!this.#claimed) return
    this.#claimed = undefined
    // Out of reach it ends by itself.
    const lock = await readJson(this.#client, LOCK).catch(() => undefined)
    if (lock?.content['id'] === this.#id) await removeObject(this.#client, LOCK).catch(() => {})
  }

  /** @throws Fault invalid when it can't be understood; busy when the bucket can't be asked */
  async read(): Promise<StorageOwner | undefined> {
    const found = await readJson(this.#client, OWNER)
    if (!found) return undefined
    const { lab, database } = found.content
    if (typeof lab === 'string' && typeof database === 'string') return { lab, database }
    throw new Fault(
      'invalid',
      `Whose the contents in ${describePlace(this.#client.place)} are can't be read from their ${OWNER}, as that object is ` +
        'damaged. If they belong to this database, remove the object and start again.',
    )
  }

  /** @throws Fault conflict while the lock of another daemon holds */
  async #requireFree(): Promise<void> {
    const lock = await readJson(this.#client, LOCK)
    if (!lock || lock.content['id'] === this.#id) return
    if (this.#isShared && lock.content['shared'] === true) return
    const left = OVER_MS - (lock.now - lock.written)
    if (left <= 0 || this.#isGone(lock.content)) return
    throw this.#inUse(lock.content, left)
  }

  #inUse({ host, pid }: Record<string, unknown>, leftMs: number): Fault {
    const seconds = Number.isFinite(leftMs) ? Math.ceil(Math.min(leftMs, OVER_MS) / 1000) : OVER_MS / 1000
    return new Fault(
      'conflict',
      `Another daemon uses the contents in ${describePlace(this.#client.place)} (process ${String(pid)} on ` +
        `${String(host)}). Stop it first, ${ADVICE}. ` +
        `If it crashed, its lock ends by itself within ${seconds} s.`,
    )
  }

  /** Whether the lock is of a process of this machine that has ended. */
  #isGone({ host, pid, started }: Record<string, unknown>): boolean {
    if (host !== hostname() || typeof pid !== 'number' || typeof started !== 'number') return false
    if (pid === process.pid) return Math.abs(started - this.#started) > SLACK_MS
    if (started < Date.now() - uptime() * 1000 - SLACK_MS) return true
    try {
      process.kill(pid, 0)
      return false
    } catch (error) {
      return error instanceof Error && 'code' in error && error.code === 'ESRCH'
    }
  }

  async #keep(): Promise<void> {
    try {
      const lock = await readJson(this.#client, LOCK)
      if (lock && lock.content['id'] !== this.#id) {
        this.#loss = this.#inUse(lock.content, OVER_MS)
        clearInterval(this.#timer)
      } else if (this.#claimed) await this.#renew()
    } catch {
      // Out of reach: whoever takes it meanwhile is seen by the next look.
    }
  }

  #renew(): Promise<void> {
    return writeJson(this.#client, LOCK, {
      id: this.#id,
      host: hostname(),
      pid: process.pid,
      started: this.#started,
      shared: this.#isShared,
    })
  }
}

/** What is wrong when contents belong to another lab, and what to do. */
export function describeOtherS3Owner(client: S3Client, recorded: StorageOwner, owner: StorageOwner): { problem: string; advice: string } {
  return {
    problem:
      `belongs to another database, ${recorded.database} (lab ${recorded.lab}), and not to this server's, ${owner.database} ` +
      `(lab ${owner.lab})`,
    advice:
      `Give this server a part of the bucket of its own with the setting S3_PREFIX (now "${client.place.prefix}"). To hand ` +
      `the contents over on ` +
      `purpose, remove the object ${OWNER} there and start this server: what only the other database names stays in the trash for 30 days.`,
  }
}
