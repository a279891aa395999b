/**
 * Times of devices without a clock, by the counter that each of their boots begins anew. When a boot is first heard of, the moment of its
 * counter's zero is noted and kept, so that a reading has the same time each time it is sent. When counter and server drift apart, or the
 * server's clock is set, later readings count from another moment; those before keep theirs.
 */
import { changeJson } from '../database/json-columns.ts'
import { transact } from '../database/transact.ts'
import type { Context } from '../context.ts'
import { invalid } from '../base/fault.ts'
import { SECOND, type Micros } from '../base/time.ts'
import type { Actor } from '../tree/actor.ts'
import type { CounterReading } from '../wire/counter.ts'

const MILLISECOND: Micros = 1_000
/** A zero that moved by less did not: requests are under way for a while, and some counters count whole seconds. */
const TOLERANCE = 5 * SECOND
/** Boots of a controller that are known, and zeros of each: the newest. */
const MAX_BOOTS = 5
const MAX_ZEROS = 20

interface Zero {
  /** It holds for what was measured later than this count, in microseconds. */
  readonly after: Micros
  readonly time: Micros
}

export interface Boot {
  readonly id: string
  readonly zeros: readonly Zero[]
}

/** A boot, and what its requests said last, in microseconds of its counter; nothing yet since this daemon's start. */
interface Known {
  readonly boot: Boot
  readonly heard?: { readonly now: Micros; readonly measured: Micros }
}

/** What is known in memory of this many boots, those that were heard last. */
const MAX_KNOWN = 10_000

export class BootClocks {
  /** By controller and boot. */
  readonly #known = new Map<string, Known>()

  /**
   * When a reading was measured, where its boot is known in memory and nothing has to be noted; otherwise a promise, after which to ask
   * again.
   * @param measured what the counter showed then, in microseconds
   * @param counted what it showed at `now`
   */
  timeOf(ctx: Context, controllerId: number, id: string, measured: Micros, counted: Micros, now: Micros): Micros | Promise<void> {
    const key = `${controllerId} ${id}`
    const known = this.#known.get(key)
    if (!known) return this.#learn(ctx, controllerId, id, counted, now)
    const { boot, heard } = known
    const zero = now - counted
    const last = boot.zeros.at(-1)
    // A request that is sent again says what the counter showed before.
    const isFresh = counted > (heard?.now ?? last?.after ?? Number.NEGATIVE_INFINITY)
    if (!last || (isFresh && Math.abs(zero - last.time) > TOLERANCE)) {
      const after = last ? Math.max(last.after, heard?.measured ?? counted) : -1
      return this.#note(ctx, controllerId, id, { after, time: zero })
    }
    this.#remember(key, {
      boot,
      heard: { now: Math.max(counted, heard?.now ?? 0), measured: Math.max(measured, heard?.measured ?? 0) },
    })
    return (boot.zeros.findLast(({ after }) => after < measured) ?? boot.zeros[0] ?? last).time + measured
  }

  #remember(key: string, known: Known): void {
    this.#known.delete(key)
    this.#known.set(key, known)
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MAX_KNOWN) break
      this.#known.delete(oldest)
    }
  }

  /** Looks a boot up in what earlier starts of the daemon noted; one that is new begins its count. */
  async #learn(ctx: Context, controllerId: number, id: string, counted: Micros, now: Micros): Promise<void> {
    const boot = await readBoot(ctx, controllerId, id)
    if (!boot) return this.#note(ctx, controllerId, id, { after: -1, time: now - counted })
    // Another request may have been first.
    if (!this.#known.has(`${controllerId} ${id}`)) this.#remember(`${controllerId} ${id}`, { boot })
  }

  async #note(ctx: Context, controllerId: number, id: string, zero: Zero): Promise<void> {
    let noted: Boot = { id, zeros: [zero] }
    await transact(ctx, (tx) =>
      changeJson(tx, 'controller_status.attributes', controllerId, (now) => {
        const boots = bootsOf(now)
        const known = boots.find((boot) => boot.id === id)
        const last = known?.zeros.at(-1)
        // Another request may have been first.
        if (known && last && Math.abs(last.time - zero.time) <= TOLERANCE) noted = known
        else noted = { id, zeros: [...(known?.zeros ?? []), apart(last, zero)].slice(-MAX_ZEROS) }
        return JSON.stringify({ ...now, boots: [...boots.filter((boot) => boot.id !== id), noted].slice(-MAX_BOOTS) })
      }),
    )
    const key = `${controllerId} ${id}`
    this.#remember(key, { ...this.#known.get(key), boot: noted })
  }
}

/** Its microseconds differ from those of the zero before, so that no reading comes to the time of an earlier one and takes its place. */
function apart(last: Zero | undefined, { after, time }: Zero): Zero {
  const wanted = last === undefined ? time : last.time + 1
  const phase = ((wanted % MILLISECOND) + MILLISECOND) % MILLISECOND
  return { after, time: Math.floor(time / MILLISECOND) * MILLISECOND + phase }
}

const bootsOf = (attributes: object): readonly Boot[] => (attributes as { boots?: readonly Boot[] }).boots ?? []

async function readBoot(ctx: Context, controllerId: number, id: string): Promise<Boot | undefined> {
  const row = await ctx.db.selectFrom('controller_status').select('attributes').where('id', '=', controllerId).executeTakeFirst()
  return row && bootsOf(JSON.parse(row.attributes) as object).find((boot) => boot.id === id)
}

/**
 * When a reading was measured by a device without a clock, by the server's clock; or a promise, after which to ask again.
 * @param now when the counter showed what it did as the reading was sent
 * @throws Fault invalid for a boot of somebody who is no controller
 */
export function timeOfCounter(
  ctx: Context,
  actor: Actor,
  { measured, counted, boot }: CounterReading,
  now = ctx.clock.now(),
): Micros | Promise<void> {
  if (boot === undefined) return now - (counted - measured)
  if (actor.kind !== 'controller') throw invalid("boot is known for controllers: send it with a controller's key.")
  return ctx.controllerClocks.boots.timeOf(ctx, actor.controllerId, boot, measured, counted, now)
}

/** As {@link timeOfCounter}, once it is known; what it rests on is durable then. @throws Fault invalid, busy */
export async function awaitTimeOf(ctx: Context, actor: Actor, reading: CounterReading, now = ctx.clock.now()): Promise<Micros> {
  for (;;) {
    const time = timeOfCounter(ctx, actor, reading, now)
    if (typeof time === 'number') return time
    await time
  }
}
