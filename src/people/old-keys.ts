/**
 * Keys that came from the original server and were never used there: their hash is bcrypt over the hash that is kept here, so that checking
 * one takes some tenths of a second. The first use of a key puts the quick hash in its place.
 */
import type { Context } from '../context.ts'
import type { KeyRow } from '../database/schema.ts'
import { Fault } from '../base/fault.ts'
import { MINUTE } from '../base/time.ts'

/** Keys that wait for their check. */
const MAX_WAITING = 100
/** Keys that are known to be wrong. */
const MAX_WRONG = 10_000

const wrongKeys = { what: 'attempts with unknown keys from your address', limit: 30, window: 5 * MINUTE }

export const isOldHash = (stored: string): boolean => /^\$2[aby]\$/.test(stored)

type Checked = Pick<KeyRow, 'id' | 'key_hash'>

/** Slow checks, one at a time, so that they leave a processor to the rest of the lab. */
export class OldKeys {
  readonly #running = new Map<string, Promise<number | undefined>>()
  readonly #wrong = new Set<string>()
  #last: Promise<unknown> = Promise.resolve()

  /** What was wrong may be right from now on. */
  clear(): void {
    this.#wrong.clear()
  }

  /**
   * The one of the old keys that a quick hash belongs to; its row then holds that hash. A device that sends one key again and again is
   * checked once, and so is a wrong key.
   * @param address of the caller, whose guesses are limited; '' for none
   * @throws Fault throttled after too many wrong keys from there; busy when too many wait
   */
  async find<T extends Checked>(ctx: Context, hash: string, candidates: readonly T[], address: string): Promise<T | undefined> {
    if (candidates.length === 0 || this.#wrong.has(hash)) return undefined
    const running = this.#running.get(hash)
    const id = await (running ?? this.#begin(ctx, hash, candidates, address))
    return candidates.find((candidate) => candidate.id === id)
  }

  #begin(ctx: Context, hash: string, candidates: readonly Checked[], address: string): Promise<number | undefined> {
    if (address !== '') ctx.throttles.check(wrongKeys, address)
    if (this.#running.size >= MAX_WAITING)
      throw new Fault('busy', 'Many keys of the server that this lab came from are being checked for the first time.', { retryAfter: 10 })
    const check = this.#last.then(() => this.#check(ctx, hash, candidates, address))
    this.#last = check.catch(() => {})
    this.#running.set(hash, check)
    const end = (): void => void this.#running.delete(hash)
    check.then(end, end)
    return check
  }

  async #check(ctx: Context, hash: string, candidates: readonly Checked[], address: string): Promise<number | undefined> {
    // Counted before, so that those that wait together don't all pass.
    if (address !== '') ctx.throttles.take(wrongKeys, address)
    const found = await findOld(hash, candidates)
    if (!found) {
      if (this.#wrong.size >= MAX_WRONG) this.#wrong.clear()
      this.#wrong.add(hash)
      return undefined
    }
    if (address !== '') ctx.throttles.uncount(wrongKeys, address)
    if (!ctx.engine.isReadOnly)
      await ctx.db.updateTable('keys').set({ key_hash: hash }).where('id', '=', found.id).where('key_hash', '=', found.key_hash).execute()
    return found.id
  }
}

/** The one of the old hashes that was made of this quick one. */
export async function findOld<T extends Pick<KeyRow, 'key_hash'>>(hash: string, candidates: readonly T[]): Promise<T | undefined> {
  const { compare } = await import('bcryptjs')
  for (const candidate of candidates) if (await compare(hash, candidate.key_hash)) return candidate
  return undefined
}
