/** `?view=states`: when the text of a sequence changed, for strips of colours. */
import type { Context } from '../../../../src/context.ts'
import { requireTimestamp, SECOND, type Micros } from '../../../../src/base/time.ts'
import { streamValues } from '../../../../src/sequences/sequences.ts'
import type { Actor } from '../../../../src/tree/actor.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import { replyJson } from '../../json-reply.ts'
import type { PageRequest } from '../../page.ts'
import { MAX_STATES, type StateChange } from '../../shared/state-strip.ts'

/** Most changes of one answer, most values that are looked through for them, and characters that a state is cut to. */
const [MAX_CHANGES, MAX_VALUES, MAX_TEXT] = [2_000, 50_000, 80]
/** Without a range: so many newest changes. */
const NEWEST = 300

export interface States {
  /** In order of time; the first may be before the range, and holds at its beginning. */
  readonly changes: readonly StateChange[]
  /** True: they are too many different ones to be states; then there are no changes. */
  readonly isLog: boolean
}

/** The newest changes of a range. @throws Fault forbidden, invalid */
export async function readStates(
  ctx: Context,
  actor: Actor,
  sequence: Resource,
  range: { readonly start?: Micros | undefined; readonly end?: Micros | undefined },
): Promise<States> {
  const most = range.start === undefined ? NEWEST : MAX_CHANGES
  /** Newest first. */
  const found: { time: Micros; text: string }[] = []
  const texts = new Set<string>()
  for await (const { times, values } of streamValues(ctx, actor, sequence, { end: range.end, order: 'descending', limit: MAX_VALUES })) {
    for (const [at, time] of times.entries()) {
      const text = String(values[at]).slice(0, MAX_TEXT)
      // Going back in time, a state begins at the first of its values.
      if (found.at(-1)?.text === text) found.pop()
      texts.add(text)
      if (texts.size > MAX_STATES) return { changes: [], isLog: true }
      found.push({ time, text })
      const isBefore = range.start !== undefined && time < range.start
      if (isBefore || found.length > most) return { changes: changesOf(found), isLog: false }
    }
  }
  return { changes: changesOf(found), isLog: false }
}

const changesOf = (found: readonly { time: Micros; text: string }[]): StateChange[] =>
  found.map(({ time, text }) => ({ time: time / SECOND, text })).reverse()

/** @throws Fault forbidden, invalid */
export async function replyStates({ ctx, actor, query, incoming }: PageRequest, sequence: Resource): Promise<Response> {
  const timeOf = (name: 'start_timestamp' | 'end_timestamp'): Micros | undefined =>
    query[name] ? requireTimestamp(query[name], name) : undefined
  const range = { start: timeOf('start_timestamp'), end: timeOf('end_timestamp') }
  return replyJson({ ctx, incoming }, await readStates(ctx, actor, sequence, range))
}
