/** Setting many sequences by path at one time, with the correction of controllers' wrong clocks. Source: protocol, section 4. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { changeJson } from '../database/json-columns.ts'
import { transact } from '../database/transact.ts'
import { Fault, forbidden, notFound } from '../base/fault.ts'
import { canRead, canWrite } from '../tree/permissions.ts'
import { storeValues, type ValueUpdate } from './sequences.ts'
import { RELEASED } from '../base/believed-time.ts'
import { SECOND, type Micros } from '../base/time.ts'
import { quote } from '../base/path.ts'
import { isImageSequence, pathOf, type Resource } from '../tree/tree.ts'
import { Tally } from './tally.ts'
import { MAX_IMPORT } from './value-import.ts'
import { parseValue, type ParsedValue } from './value-parsing.ts'

/** A controller's clock may be this far off before it is taken to be wrong. */
const DRIFT = 30 * SECOND
/** A stored correction is renewed when the drift has moved by more than this. */
const RENEWAL = 100 * SECOND

/**
 * Sets sequences by their absolute paths. Unknown and unwritable ones are skipped, and so are values that do not fit: the tally names them.
 * @throws Fault too_large, busy; invalid when there are values that do not fit and none that does
 */
export async function updateByPath(
  ctx: Context,
  actor: Actor,
  values: Readonly<Record<string, unknown>>,
  timestamp: Micros | undefined,
): Promise<Tally> {
  const entries = Object.entries(values)
  if (entries.length > MAX_IMPORT)
    throw new Fault('too_large', `values has more than ${MAX_IMPORT} names: nothing was stored. Send them in several requests.`)
  const time = timestamp === undefined ? undefined : await correctTime(ctx, actor, timestamp)
  const tally = new Tally()
  let misfit: Fault | undefined
  const updates: ValueUpdate[] = []
  const parsed: ParsedValue[] = []
  for (const [path, value] of entries) {
    const found = take(ctx, actor, path, value)
    if (!(found instanceof Fault)) {
      parsed.push(found.value)
      updates.push({ sequence: found.sequence, value, time })
      continue
    }
    tally.skip(path, found.message)
    ctx.skipNotes.note(ctx, actor, 'HTTP', path, found.message)
    if (found.code === 'invalid') misfit ??= found
  }
  if (updates.length === 0 && misfit) throw misfit
  if (updates.length > 0) for (const { outcome } of await storeValues(ctx, updates, parsed)) tally.add(outcome)
  return tally
}

/** A value for the sequence at a path, or why there is none: `invalid` if it does not fit. What the actor may not read is not there. */
function take(ctx: Context, actor: Actor, path: string, value: unknown): { sequence: Resource; value: ParsedValue } | Fault {
  const sequence = findReadable(ctx, actor, path)
  if (!sequence) return notFound(`There is no resource ${quote(path)}.`)
  if (!sequence.sequence) return notFound(`${pathOf(sequence)} is not a sequence.`)
  if (!canWrite(ctx, actor, sequence)) return forbidden(`You may not change ${pathOf(sequence)}.`)
  try {
    return { sequence, value: parseValue(sequence.sequence, sequence, value) }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return isImageSequence(sequence) ? notFound(error.message) : error
  }
}

/** Malformed paths lead nowhere. */
function findReadable(ctx: Context, actor: Actor, path: string): Resource | undefined {
  try {
    const found = ctx.tree.find(path)
    return found && canRead(ctx, actor, found) ? found : undefined
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  }
}

/**
 * A controller's time, with the offset of its clock added when that is plainly wrong, and the server's own is not. Kept in its status as
 * `timestamp_correction`, in seconds.
 */
async function correctTime(ctx: Context, actor: Actor, timestamp: Micros): Promise<Micros> {
  const drift = ctx.clock.now() - timestamp
  if (actor.kind !== 'controller' || Math.abs(drift) <= DRIFT) return timestamp
  // Of two clocks the controller's may be the one that is right, unless it can't be.
  if (!ctx.believed.isClockRight && (timestamp >= RELEASED || ctx.clock.now() < RELEASED)) return timestamp
  const row = await ctx.db.selectFrom('controller_status').select('attributes').where('id', '=', actor.controllerId).executeTakeFirst()
  if (!row) return timestamp
  const stored = (JSON.parse(row.attributes) as Record<string, unknown>)['timestamp_correction']
  let correction = typeof stored === 'number' ? Math.round(stored * SECOND) : 0
  if (Math.abs(correction - drift) > RENEWAL) {
    correction = drift
    await transact(ctx, (tx) =>
      changeJson(tx, 'controller_status.attributes', actor.controllerId, (now) =>
        JSON.stringify({ ...now, timestamp_correction: drift / SECOND }),
      ),
    )
    ctx.log.info({ controller: actor.controllerId, seconds: drift / SECOND }, "a controller's clock is wrong; its times are corrected")
  }
  return timestamp + correction
}
