/** Setting many sequences by path at one time, with the correction of controllers' wrong clocks. Source: protocol, section 4. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { changeJson } from '../database/json-columns.ts'
import { transact } from '../database/transact.ts'
import { Fault } from '../base/fault.ts'
import { canWrite } from '../tree/permissions.ts'
import { storeValues, type Appended, type ValueUpdate } from './sequences.ts'
import { IMAGE } from '../wire/resource-types.ts'
import { RELEASED } from '../base/believed-time.ts'
import { SECOND, type Micros } from '../base/time.ts'
import type { Resource } from '../tree/tree.ts'
import { MAX_IMPORT } from './value-import.ts'
import { parseValue, type ParsedValue } from './value-parsing.ts'

/** A controller's clock may be this far off before it is taken to be wrong. */
const DRIFT = 30 * SECOND
/** A stored correction is renewed when the drift has moved by more than this. */
const RENEWAL = 100 * SECOND

/**
 * Sets sequences by their absolute paths. Unknown and unwritable ones are skipped; values that do not fit fail all.
 * @throws Fault invalid, busy
 */
export async function updateByPath(
  ctx: Context,
  actor: Actor,
  values: Readonly<Record<string, unknown>>,
  timestamp: Micros | undefined,
): Promise<Appended[]> {
  const entries = Object.entries(values)
  if (entries.length > MAX_IMPORT)
    throw new Fault('too_large', `values has more than ${MAX_IMPORT} names: nothing was stored. Send them in several requests.`)
  const time = timestamp === undefined ? undefined : await correctTime(ctx, actor, timestamp)
  const updates: ValueUpdate[] = []
  const parsed: ParsedValue[] = []
  for (const [path, value] of entries) {
    const sequence = findSequence(ctx, path)
    if (!sequence?.sequence || sequence.sequence.dataType === IMAGE || !canWrite(ctx, actor, sequence)) continue
    parsed.push(parseValue(sequence.sequence, sequence, value))
    updates.push({ sequence, value, time })
  }
  return storeValues(ctx, updates, parsed)
}

/** Malformed paths are unknown ones here. */
function findSequence(ctx: Context, path: string): Resource | undefined {
  try {
    return ctx.tree.find(path)
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
