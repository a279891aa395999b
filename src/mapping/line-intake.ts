/**
 * Stores points of InfluxDB's line protocol. A field goes to the sequence FOLDER/measurement/tag values/field, with the values of the tags
 * in the order of the tags' names. Slashes in names become %2F, and percent signs %25, so that no two series share a sequence.
 */
import { Fault, invalid } from '../base/fault.ts'
import { timeOfSeconds, SECOND, type Micros } from '../base/time.ts'
import type { Context } from '../context.ts'
import { sequenceAtFirstSight } from '../resources/first-sight.ts'
import { requireSpec, storeValues, type ValueUpdate } from '../sequences/sequences.ts'
import { MAX_IMPORT } from '../sequences/value-import.ts'
import { parseValue, type ParsedValue } from '../sequences/value-parsing.ts'
import type { Actor } from '../tree/actor.ts'
import { requireWrite } from '../tree/permissions.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { parseInSteps, type FieldValue, type LinePoint } from '../wire/line-protocol.ts'

/** Nanoseconds in a unit of time stamps. */
const PRECISIONS: ReadonlyMap<string, bigint> = new Map([
  ['', 1n],
  ['n', 1n],
  ['ns', 1n],
  ['u', 1_000n],
  ['us', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
])
/** 2000-01-01: nothing that was measured earlier comes this way, so that the precision must be wrong. */
const EARLIEST: Micros = 946_684_800 * SECOND
const MAX_ERRORS = 100
/** Problems of one point that are told. */
const MAX_PROBLEMS = 5

export interface LineAnswer {
  /** Values that are stored or were shown. */
  readonly taken: number
  /** Points of which something was refused. */
  readonly dropped: number
  /** The first of them. */
  readonly errors: readonly { line: number; message: string }[]
}

/**
 * Good fields are stored whatever the others are; durable when this resolves.
 * @param precision as InfluxDB 1 or 2 names it; '' is ns
 * @throws Fault invalid, forbidden; too_large past {@link MAX_IMPORT} values: then nothing is stored
 */
export async function storeLines(ctx: Context, actor: Actor, folder: Resource, text: string, precision: string): Promise<LineAnswer> {
  const unit = PRECISIONS.get(precision)
  if (unit === undefined) throw invalid(`precision is ${JSON.stringify(precision.slice(0, 20))}; allowed: ns, us, ms, s, and n, u, m, h.`)
  requireWrite(ctx, actor, folder)
  const intake = new LineIntake(ctx, actor, folder)
  for (const point of parseInSteps(text)) {
    if (ctx.turns.isOver()) await ctx.turns.next()
    if (!point) continue
    if ('problem' in point) intake.refuse(point.problem.line, point.problem.message)
    else await intake.take(point, unit)
  }
  return intake.store()
}

class LineIntake {
  readonly #ctx: Context
  readonly #actor: Actor
  readonly #folder: Resource
  readonly #now: Micros
  readonly #sequences = new Map<string, Resource | Fault>()
  readonly #updates: ValueUpdate[] = []
  readonly #parsed: ParsedValue[] = []
  readonly #errors: { line: number; message: string }[] = []
  #dropped = 0

  constructor(ctx: Context, actor: Actor, folder: Resource) {
    this.#ctx = ctx
    this.#actor = actor
    this.#folder = folder
    this.#now = ctx.clock.now()
  }

  refuse(line: number, text: string): void {
    // Bytes that are no UTF-8 came as halves of characters.
    const message = text.toWellFormed()
    if (++this.#dropped > MAX_IMPORT)
      throw new Fault(
        'too_large',
        `More than ${MAX_IMPORT} lines were refused: nothing was stored. The first is ${this.#errors[0]?.message ?? ''}`,
      )
    if (this.#errors.length < MAX_ERRORS) this.#errors.push({ line, message: `line ${line}: ${message}` })
    this.#ctx.skipNotes.note(this.#ctx, this.#actor, 'line protocol', pathOf(this.#folder), message)
  }

  async take({ line, measurement, tags, fields, problems: unread = [], timestamp }: LinePoint, unit: bigint): Promise<void> {
    const problems = unread.map((message) => `${message}.`)
    try {
      const time = timestamp === undefined ? this.#now : readTime(timestamp, unit)
      const above = [measurement, ...tags.map(([, value]) => value)].map(nameOf)
      for (const [name, value] of fields) {
        if (this.#ctx.turns.isOver()) await this.#ctx.turns.next()
        try {
          await this.#push([...above, nameOf(name)], value, time)
        } catch (error) {
          if (!(error instanceof Fault) || error.code === 'too_large') throw error
          problems.push(error.message)
        }
      }
    } catch (error) {
      if (!(error instanceof Fault) || error.code === 'too_large') throw error
      problems.push(error.message)
    }
    if (problems.length === 0) return
    const more = problems.length - MAX_PROBLEMS
    this.refuse(line, problems.slice(0, MAX_PROBLEMS).join(' ') + (more > 0 ? ` So it is with ${more} more of its fields.` : ''))
  }

  async #push(names: readonly string[], value: FieldValue, time: Micros): Promise<void> {
    if (this.#updates.length >= MAX_IMPORT)
      throw new Fault('too_large', `More than ${MAX_IMPORT} values in one request: nothing was stored. Send them in several.`)
    const plain = typeof value === 'boolean' ? Number(value) : value
    const sequence = await this.#find(names, plain)
    this.#parsed.push(parseValue(requireSpec(sequence), sequence, plain))
    this.#updates.push({ sequence, value: plain, time })
  }

  async #find(names: readonly string[], value: number | string): Promise<Resource> {
    const key = names.join('/')
    let found = this.#sequences.get(key)
    if (!found) {
      try {
        found = await sequenceAtFirstSight(this.#ctx, this.#actor, this.#folder, names, value)
        requireWrite(this.#ctx, this.#actor, found)
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        found = error
      }
      this.#sequences.set(key, found)
    }
    if (found instanceof Fault) throw found
    return found
  }

  async store(): Promise<LineAnswer> {
    if (this.#updates.length > 0) await storeValues(this.#ctx, this.#updates, this.#parsed)
    return { taken: this.#updates.length, dropped: this.#dropped, errors: this.#errors }
  }
}

/** A name of the line protocol as one of a resource. */
export const nameOf = (name: string): string => name.replaceAll('%', '%25').replaceAll('/', '%2F')

function readTime(digits: string, unit: bigint): Micros {
  const micros = Number((BigInt(digits) * unit) / 1_000n)
  if (timeOfSeconds(micros / SECOND) === undefined || micros < EARLIEST)
    throw invalid(`the timestamp ${digits} is none of this century in the unit of the request: see precision (ns unless given).`)
  return micros
}
