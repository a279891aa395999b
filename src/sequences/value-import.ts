/** Taking in many values with their own timestamps for many sequences at once. Sent twice, nothing doubles. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { formatDuration } from '../base/duration.ts'
import { Fault, invalid } from '../base/fault.ts'
import { ImportColumns, type Target } from './import-columns.ts'
import { CountedTimes, type SentCounter } from './counted-times.ts'
import { CHUNK, storeColumns } from './import-storing.ts'
import { quote } from '../base/path.ts'
import { findByPath } from '../tree/finding.ts'
import { canWrite } from '../tree/permissions.ts'
import type { StoredRun } from './commit.ts'
import { requireSpec } from './sequences.ts'
import { parseTimestamp, timeOfSeconds, type Micros } from '../base/time.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { parseStored } from './value-parsing.ts'
import type { ImportAnswer, RefusedValue } from '../wire/answers.ts'

/** Most values in one import. */
export const MAX_IMPORT = 100_000
/** Errors that are told one by one; the others are counted. */
const MAX_ERRORS = 100
/** Sequences with values that are too old, named one by one. */
const MAX_WARNINGS = 100

export interface ImportItem {
  readonly path: unknown
  /** `2026-01-31T12:00:00.123456Z`, or seconds since 1970 as a number or digits. */
  readonly timestamp: unknown
  readonly value: unknown
  /** Of a row that could not be read: why, and how it begins; `isSound` where it is whole, but more than is taken. */
  readonly damage?: { readonly message: string; readonly text: string; readonly isSound?: boolean }
}

/** Characters of a damaged row that are told. */
const SHOWN_TEXT = 200

/**
 * Collects an import item by item and then stores it. Nothing is stored before {@link store} is called, so a request that
 * turns out to be malformed changes nothing. `min_storage_interval` does not apply: who imports means every value.
 */
export class ValueImport {
  readonly #ctx: Context
  readonly #actor: Actor
  readonly #counted: CountedTimes | undefined
  readonly #makeUnseen: ((path: string, value: unknown) => Promise<void>) | undefined
  readonly #targets = new Map<unknown, Target | string>()
  readonly #values = new ImportColumns(MAX_IMPORT)
  readonly #errors: RefusedValue[] = []
  #refused = 0
  #items = 0
  #damaged = 0
  readonly #outcomes = { stored: 0, repeated: 0, expired: 0 }
  /** How many values of each sequence are older than it keeps them. */
  readonly #expired = new Map<Resource, number>()

  /**
   * @param makeUnseen makes a sequence at a path where none is, if it may
   * @param counter set when timestamps are seconds of a counter of the sender
   * @throws Fault invalid for a counter of somebody who is no controller
   */
  constructor(ctx: Context, actor: Actor, makeUnseen?: (path: string, value: unknown) => Promise<void>, counter?: SentCounter) {
    this.#ctx = ctx
    this.#actor = actor
    this.#makeUnseen = makeUnseen
    this.#counted = counter && new CountedTimes(ctx, actor, counter)
  }

  /**
   * Items with new paths look their sequences up first, which may take a turn.
   * @throws Fault too_large past {@link MAX_IMPORT} items
   */
  async add(items: readonly ImportItem[]): Promise<void> {
    if (this.#items + items.length > MAX_IMPORT)
      throw new Fault('too_large', `More than ${MAX_IMPORT} values in one request: nothing was stored. Send them in several.`)
    for (const item of items) {
      if (item.damage) {
        this.#refuse('', item.damage.message, item.damage.text)
        this.#items++
        if (item.damage.isSound !== true) this.#damaged++
        continue
      }
      const target = this.#targets.get(item.path) ?? this.#find(item)
      const found = target instanceof Promise ? await target : target
      const time = this.#counted ? this.#counted.timeOf(item.timestamp) : parseTime(item.timestamp)
      this.#take(item, found, time instanceof Promise ? await time : time)
      this.#items++
    }
  }

  #take({ path, timestamp, value }: ImportItem, target: Target | string, time: Micros | undefined): void {
    if (typeof target === 'string') return this.#refuse(path, target)
    if (time === undefined) return this.#refuse(path, `timestamp is ${show(timestamp)}; ${this.#counted?.form ?? FORM}`)
    try {
      this.#values.push(target, time, parseStored(requireSpec(target.sequence), target.sequence, value))
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      this.#refuse(path, error.message)
    }
  }

  #refuse(path: unknown, message: string, text?: string): void {
    this.#refused++
    if (this.#errors.length >= MAX_ERRORS) return
    const named = { index: this.#items, path: typeof path === 'string' ? path.slice(0, 300) : '', message }
    this.#errors.push(text === undefined ? named : { ...named, text: text.slice(0, SHOWN_TEXT) })
  }

  /** The sequence at a path, or why there is none for this actor. */
  #find({ path, value }: ImportItem): Target | string | Promise<Target | string> {
    if (this.#makeUnseen && typeof path === 'string' && !this.#isThere(path))
      return this.#makeUnseen(path, value)
        .then(() => this.#lookUp(path))
        .then((target) => this.#remember(path, target))
    const found = this.#lookUp(path)
    return found instanceof Promise ? found.then((target) => this.#remember(path, target)) : this.#remember(path, found)
  }

  #remember(path: unknown, found: Target | string): Target | string {
    // Wrong paths may all differ; the ones that lead somewhere are few.
    if (typeof found !== 'string' || this.#targets.size < 10_000) this.#targets.set(path, found)
    return found
  }

  #isThere(path: string): boolean {
    try {
      return this.#ctx.tree.find(path) !== undefined
    } catch {
      // Malformed: it can't be made either.
      return true
    }
  }

  #lookUp(path: unknown): Target | string | Promise<Target> {
    if (typeof path !== 'string' || path === '') return 'path is missing, or is not text.'
    let sequence: Resource | undefined
    try {
      sequence = findByPath(this.#ctx, this.#actor, path)
      if (!sequence) return `There is no resource ${quote(path)}.`
      requireSpec(sequence)
    } catch (error) {
      if (error instanceof Fault) return error.message
      throw error
    }
    if (!canWrite(this.#ctx, this.#actor, sequence)) return `You may not change ${pathOf(sequence)}.`
    const found = sequence
    const state = this.#ctx.sequenceStates.peek(found.id)
    return state
      ? { sequence: found, state }
      : this.#ctx.sequenceStates.load(this.#ctx, found).then((loaded) => ({ sequence: found, state: loaded }))
  }

  /**
   * Stores what was collected; resolves when all is durable.
   * @throws Fault invalid when not a single row could be read; busy: some of it may have been stored; sending all again does no harm
   */
  async store(): Promise<ImportAnswer> {
    const [first] = this.#errors
    if (first && this.#damaged === this.#items) throw invalid(first.message)
    const { targets } = this.#values
    const store = (): Promise<void> => storeColumns(this.#ctx, this.#values, ({ target }, stored) => this.#count(stored, target.sequence))
    await (this.#values.length > CHUNK
      ? this.#ctx.largeImports.hold(
          targets.map(({ sequence }) => sequence.id),
          store,
        )
      : store())
    const { expired, ...durable } = this.#outcomes
    const told = { ...durable, refused: this.#refused, errors: this.#errors }
    return expired === 0 ? told : { ...told, expired, warnings: this.#warnings() }
  }

  /** Of values that the store has and will not keep. */
  #warnings(): string[] {
    return [...this.#expired].slice(0, MAX_WARNINGS).map(([sequence, count]) => {
      const age = formatDuration(sequence.sequence?.maxAge ?? 0)
      const values = count === 1 ? '1 value' : `${count} values`
      return `${values} for ${pathOf(sequence)} are older than its max_age of ${age}, so they are not kept. To keep them, raise it first.`
    })
  }

  #count({ stored, repeated, expired }: StoredRun, sequence: Resource): void {
    this.#outcomes.stored += stored
    this.#outcomes.repeated += repeated
    this.#outcomes.expired += expired
    if (expired > 0) this.#expired.set(sequence, (this.#expired.get(sequence) ?? 0) + expired)
  }
}

const FORM = 'write UTC as 2026-01-31T12:00:00.123456Z, or seconds since 1970.'

function parseTime(timestamp: unknown): Micros | undefined {
  if (typeof timestamp === 'number') return timeOfSeconds(timestamp)
  if (typeof timestamp !== 'string') return undefined
  if (timestamp.endsWith('Z')) return parseTimestamp(timestamp)
  return /^-?\d{1,12}(?:\.\d+)?$/.test(timestamp) ? timeOfSeconds(Number(timestamp)) : undefined
}

function show(value: unknown): string {
  if (value === undefined) return 'missing'
  // However deep it is: nothing here has bounded that.
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  return quote(typeof value === 'string' ? value : JSON.stringify(value))
}
