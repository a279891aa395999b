/** What is said of a publication that was acknowledged, as it has to be, and that the server did not store, or will not keep. */
import type { Context } from '../../src/context.ts'
import { HeldMessage, Tally, type Fate } from '../../src/sequences/tally.ts'
import type { Publication } from './publication.ts'

/** Longest payload that can be a bare number. */
const MAX_NUMBER = 40
const NUMBER = /^\s*(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|nan|[+-]?inf(?:inity)?)\s*$/i

/** Notes a value that is too old to be kept. What is only shown is as its sequence wants it: nothing is said. */
export function noteExpired(ctx: Context, { actor, path }: Publication): void {
  ctx.skipNotes.note(ctx, actor, 'MQTT', path, 'It is older than the max_age of its sequence, which does not keep it.')
}

/** Says that a value got the server's time in place of its own. */
export function noteUnsetClock(ctx: Context, { actor, path }: Publication, seconds: string): void {
  const message =
    `Its time, ${seconds.slice(0, 20)}, is seconds since the device was started and not since 1970: ` + "it is stored at the server's time."
  ctx.skipNotes.remark(ctx, actor, 'MQTT', path, message, "its clock was never set: the server's time is taken")
}

/** Says that values got the server's time, since that of their message can't be theirs. */
export function noteDoubtfulTime(ctx: Context, { actor, path }: Publication, doubt: string): void {
  const message = `The time of its message, ${doubt}: it is stored at the server's time.`
  ctx.skipNotes.remark(ctx, actor, 'MQTT', path, message, "the time of its message is in doubt: the server's time is taken")
}

/** What a sender that listens on its topic is told of values that were skipped and mails that are held; undefined: there are none. */
export function explainSkipped(fate: Fate): string | undefined {
  const message = describeSkipped(fate)
  if (message === undefined) return undefined
  return JSON.stringify({ error: fate instanceof Tally ? { message, code: 'invalid', skipped: fate.named } : { message, code: 'held' } })
}

/** The same as a sentence. */
export function describeSkipped(fate: Fate): string | undefined {
  if (fate instanceof HeldMessage) return `The message is held: ${fate.reason}`
  return fate instanceof Tally && fate.skipped > 0 ? fate.named.map((one) => one.message).join(' ') : undefined
}

/** A number on a topic where nothing is was most likely meant for a sequence: devices pass other things from one to another there. */
export function noteStrayNumber(ctx: Context, { topic, payload, actor, retain }: Publication, kind: 'beneath' | 'folder'): void {
  if (payload.length === 0 || payload.length > MAX_NUMBER || !NUMBER.test(payload.toString('latin1'))) return
  const what = kind === 'folder' ? `It is the topic of a folder: a bare value goes to that of its sequence.` : 'There is no sequence.'
  ctx.skipNotes.note(
    ctx,
    actor,
    'MQTT',
    `/${topic}`,
    `${what} It was ${retain ? 'kept as a retained message and ' : ''}passed on to who subscribes to that topic, and that is all.`,
  )
}
