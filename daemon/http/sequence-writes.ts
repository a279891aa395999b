/** Stores values sent to one numeric or text sequence by PUT, or by the old POST. Source: protocol, section 4. */
import type { Actor } from '../../src/tree/actor.ts'
import type { Context } from '../../src/context.ts'
import { invalid } from '../../src/base/fault.ts'
import { appendValues, type Appended } from '../../src/sequences/sequences.ts'
import type { Micros } from '../../src/base/time.ts'
import type { Resource } from '../../src/tree/tree.ts'
import { decodeUtf8 } from '../requests/body.ts'

/**
 * Appends `data` to the sequence: base64 of a value's text, as old clients send it.
 * @param time undefined: the server adds the time
 * @throws Fault invalid naming `data`, forbidden, busy
 */
export async function writeSequence(ctx: Context, actor: Actor, sequence: Resource, data: Uint8Array, time?: Micros): Promise<Appended> {
  const value = decodeUtf8(data, 'data')
  const [appended] = await appendValues(ctx, actor, [{ sequence, value, time }])
  if (!appended) throw invalid('data is missing.')
  return appended
}
