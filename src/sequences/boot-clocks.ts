/**
 * Times of devices without a clock, by the counter that each of their boots begins anew. When a boot is first heard of, the moment of its
 * counter's zero is noted and kept, so that a reading has the same time each time it is sent. When counter and server drift apart, or the
 * server's clock is set, later readings count from another moment; those before keep theirs.
 */
import { changeJson } from '../database/json-columns.ts'
import { transact } from '../database/transact.ts'
import type { Context } from '../context.ts'
import { SECOND, type Micros } from '../base/time.ts'

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

/** What a boot's requests said last, in microseconds of its counter. */
interface Heard {
  readonly now: Micros
  readonly measured: Micros
}

export class BootClocks {
  /** By controller and boot. */
  readonly #heard = new Map<string, Heard>()

  /**
   * When a reading was measured; durable when this resolves.
   * @param measured what the counter showed then, in microseconds
   * @param counted what it shows now
   */
  async timeOf(ctx: Context, controllerId: number, id: string, measured: Micros, counted: Micros): Promise<Micros> {
    const key = `${controllerId} ${id}`
    const heard = this.#heard.get(key)
    const zero = ctx.clock.now() - counted
    let boot = await readBoot(ctx, controllerId, id)
    const last = boot?.zeros.at(-1)
    // A request that is sent again says what the counter showed before.
    const isFresh = counted > (heard?.now ?? last?.after ?? Number.NEGATIVE_INFINITY)
    if (!last || (isFresh && Math.abs(zero - last.time) > TOLERANCE)) {
      const after = last ? Math.max(last.after, heard?.measured ?? counted) : -1
      boot = await this.#note(ctx, controllerId, id, { after, time: zero })
    }
    this.#heard.delete(key)
    this.#heard.set(key, { now: Math.max(counted, heard?.now ?? 0), measured: Math.max(measured, heard?.measured ?? 0) })
    for (const oldest of this.#heard.keys()) {
      if (this.#heard.size <= 10_000) break
      this.#heard.delete(oldest)
    }
    const zeros = boot?.zeros ?? []
    return (zeros.findLast(({ after }) => after < measured) ?? zeros[0] ?? { time: zero }).time + measured
  }

  async #note(ctx: Context, controllerId: number, id: string, zero: Zero): Promise<Boot> {
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
    return noted
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
