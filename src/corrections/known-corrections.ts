/** The corrections of sequences, in memory as far as they were asked for. */
import type { Db } from '../database/schema.ts'
import { unpackTimes } from '../base/time-list.ts'
import type { Calibration, CalibrationPoint } from './calibration.ts'
import { Corrections } from './corrections.ts'
import { EVER, Ranges, type Stretch } from './ranges.ts'

export class KnownCorrections {
  readonly #db: Db
  /** Ids of sequences that have some; undefined: not read yet. */
  #having: Set<number> | undefined
  #reading: Promise<void> | undefined
  readonly #loaded = new Map<number, Promise<Corrections | undefined>>()
  readonly #settled = new Map<number, Corrections>()

  constructor(db: Db) {
    this.#db = db
  }

  /** Whether a sequence surely has none, which most have not: answers at once. */
  hasNone(id: number): boolean {
    return this.#having !== undefined && !this.#having.has(id)
  }

  /** What {@link of} found last; undefined: none, or it was not asked for. */
  peek(id: number): Corrections | undefined {
    return this.#settled.get(id)
  }

  async of(id: number): Promise<Corrections | undefined> {
    if (!this.#having) await (this.#reading ??= this.#readAll())
    if (this.#having?.has(id) !== true) return undefined
    let loading = this.#loaded.get(id)
    if (!loading) {
      loading = this.#read(id).then((found) => {
        if (this.#loaded.get(id) === loading && found) this.#settled.set(id, found)
        return found
      })
      loading.catch(() => this.#loaded.delete(id))
      this.#loaded.set(id, loading)
    }
    return loading
  }

  /** Those of one sequence were changed: they are read again when they are next asked for. */
  change(id: number): void {
    this.#having?.add(id)
    this.forget(id)
  }

  forget(id: number): void {
    this.#loaded.delete(id)
    this.#settled.delete(id)
  }

  /** Another program changed the database: all are read again. */
  clear(): void {
    this.#having = undefined
    this.#reading = undefined
    this.#loaded.clear()
    this.#settled.clear()
  }

  async #readAll(): Promise<void> {
    const found = await Promise.all(
      (['masks', 'calibrations'] as const).map((table) => this.#db.selectFrom(table).select('sequence_id').distinct().execute()),
    )
    this.#having = new Set(found.flatMap((rows) => rows.map(({ sequence_id: id }) => id)))
  }

  async #read(id: number): Promise<Corrections | undefined> {
    const masks = await this.#db
      .selectFrom('masks')
      .select(['start_timestamp', 'end_timestamp', 'stretches'])
      .where('sequence_id', '=', id)
      .execute()
    const calibrations = await this.#db
      .selectFrom('calibrations')
      .select(['start_timestamp', 'scale', 'offset', 'points'])
      .where('sequence_id', '=', id)
      .orderBy('start_timestamp')
      .orderBy('id')
      .execute()
    if (masks.length === 0 && calibrations.length === 0) return undefined
    return new Corrections(
      Ranges.of(masks.flatMap(stretchesOf)),
      calibrations.map(
        ({ start_timestamp: from, scale, offset, points }): Calibration => ({
          from,
          scale,
          offset,
          points: points === null ? undefined : (JSON.parse(points) as CalibrationPoint[]),
        }),
      ),
    )
  }
}

/** What a mask's record covers. */
export function stretchesOf(mask: {
  start_timestamp: number | null
  end_timestamp: number | null
  stretches: Uint8Array | null
}): Stretch[] {
  if (!mask.stretches) return [{ start: mask.start_timestamp ?? -EVER, end: mask.end_timestamp ?? EVER }]
  if (mask.stretches.length === 0) return []
  const ends = unpackTimes(mask.stretches)
  return Array.from({ length: ends.length / 2 }, (_, at) => ({ start: ends[2 * at] ?? 0, end: ends[2 * at + 1] ?? 0 }))
}
