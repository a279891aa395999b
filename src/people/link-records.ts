/** Rows of secret links, and their uses, which are gathered before they are written. */
import type { Selectable } from 'kysely'
import type { LinkTable } from '../database/schema.ts'
import { transact } from '../database/transact.ts'
import type { Context } from '../context.ts'
import type { Micros } from '../base/time.ts'

export type LinkRow = Selectable<LinkTable>

/** What a link shows beside its own resource, with all below it, and what by itself. */
interface Reach {
  readonly reach: readonly number[]
  readonly alone: readonly number[]
}

export const writeReach = ({ reach, alone }: Reach): string => JSON.stringify({ reach, alone })
export const readReach = ({ reach }: Pick<LinkRow, 'reach'>): Reach => JSON.parse(reach) as Reach

interface Use {
  readonly last: Micros
  readonly opened: number
}

/** When links were last used and how often they were opened, as far as it is not written yet. */
export class LinkUses {
  readonly #uses = new Map<number, Use>()

  /** @param isOpened false: a page that it opened before asks for more */
  note(linkId: number, time: Micros, isOpened: boolean): void {
    this.#uses.set(linkId, { last: time, opened: (this.#uses.get(linkId)?.opened ?? 0) + (isOpened ? 1 : 0) })
  }

  of(linkId: number): Use | undefined {
    return this.#uses.get(linkId)
  }

  /** Writes them, in one transaction. */
  async flush({ engine }: Pick<Context, 'engine'>): Promise<void> {
    const uses = [...this.#uses]
    if (uses.length === 0) return
    await transact({ engine }, async (tx) => {
      for (const [id, { last, opened }] of uses)
        await tx
          .updateTable('links')
          .set((eb) => ({ last_use_timestamp: last, uses: eb('uses', '+', opened) }))
          .where('id', '=', id)
          .execute()
    })
    for (const [id, written] of uses) {
      const now = this.#uses.get(id)
      if (now === written || now === undefined) this.#uses.delete(id)
      else this.#uses.set(id, { last: now.last, opened: now.opened - written.opened })
    }
  }
}
