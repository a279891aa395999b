/**
 * How newest numbers were written when they came (`1.10`, `1e-05`), over a restart: programs of rhizo-server read a value back and compare
 * its text. Written when the server ends; after a crash those that came since the start read as numbers are printed.
 */
import type { Engine } from '../engine.ts'
import type { Point } from '../storage/sequence-store.ts'
import type { Micros } from '../base/time.ts'

/** A point, with its text as it was sent where that is known. */
export type SentPoint = Point & { text?: string | undefined }

interface Kept {
  readonly time: Micros
  readonly text: string
}

/** Rows of one statement. */
const STEP = 500

export class NewestTexts {
  /** As the database has them. */
  readonly #stored = new Map<number, Kept>()
  /** Of sequences that were in use since. */
  readonly #changed = new Map<number, Kept | undefined>()

  async load({ database }: Pick<Engine, 'database'>): Promise<void> {
    const rows = await database.selectFrom('newest_texts').selectAll().execute()
    for (const { sequence_id: id, timestamp: time, text } of rows) this.#stored.set(id, { time, text })
  }

  /** A newest value as the store has it, with its text if that is of the same value. */
  of(id: number, point: Point | undefined): SentPoint | undefined {
    const kept = this.#changed.has(id) ? this.#changed.get(id) : this.#stored.get(id)
    if (!point || !kept || kept.time !== point.time || typeof point.value !== 'number') return point
    return Number(kept.text) === point.value ? { ...point, text: kept.text } : point
  }

  /** Notes what is known of a sequence that is not kept in memory any more, or when the server ends. */
  note(id: number, newest: SentPoint | undefined): void {
    const { time, text } = newest ?? {}
    const before = this.#stored.get(id)
    if (before?.time === time && before?.text === text) this.#changed.delete(id)
    else this.#changed.set(id, time === undefined || text === undefined ? undefined : { time, text })
  }

  /** @param isThere whether a sequence is there still */
  async flush({ transact }: Pick<Engine, 'transact'>, isThere: (id: number) => boolean): Promise<void> {
    const changes = [...this.#changed].filter(([id, kept]) => isThere(id) && (kept !== undefined || this.#stored.has(id)))
    if (changes.length === 0) return
    await transact(async (tx) => {
      for (let from = 0; from < changes.length; from += STEP) {
        const some = changes.slice(from, from + STEP)
        await tx
          .deleteFrom('newest_texts')
          .where(
            'sequence_id',
            'in',
            some.map(([id]) => id),
          )
          .execute()
        const rows = some.flatMap(([id, kept]) => (kept ? [{ sequence_id: id, timestamp: kept.time, text: kept.text }] : []))
        if (rows.length > 0) await tx.insertInto('newest_texts').values(rows).execute()
      }
    })
  }
}
