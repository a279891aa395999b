/** Messages of devices without a clock: their values have times when it is known what their counter counts from. */
import { formatTimestamp } from '../base/time.ts'
import type { Context } from '../context.ts'
import { timeOfCounter } from '../sequences/boot-clocks.ts'
import type { Actor } from '../tree/actor.ts'
import type { ClientMessage } from '../wire/client-messages.ts'
import type { CounterReading } from '../wire/counter.ts'
import { NotReady } from './steps.ts'

/**
 * The messages with the times that their counters tell, which subscribers are told too; or what they have to wait for.
 * @throws Fault invalid for a boot of somebody who is no controller
 */
export function dated(ctx: Context, actor: Actor, messages: readonly ClientMessage[]): readonly ClientMessage[] | NotReady {
  if (!messages.some(hasCounter)) return messages
  const found: ClientMessage[] = []
  for (const message of messages) {
    if (!hasCounter(message)) {
      found.push(message)
      continue
    }
    const { counter, ...rest } = message
    const time = timeOfCounter(ctx, actor, counter)
    if (typeof time !== 'number') return new NotReady(time)
    found.push(
      rest.kind === 'update' ? { ...rest, time, parameters: { $t: formatTimestamp(time), ...rest.parameters } } : { ...rest, time },
    )
  }
  return found
}

type Timed = ClientMessage & { readonly kind: 'update' | 'update_sequence' }

const hasCounter = (message: ClientMessage): message is Timed & { readonly counter: CounterReading } =>
  (message.kind === 'update' || message.kind === 'update_sequence') && message.counter !== undefined
