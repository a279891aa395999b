/** Moves values from the head into sealed blocks, one group of sequences at a time, each group in small transactions. */
import { isUnreadable } from '../../database/errors.ts'
import type { RowWriter } from '../../database/sqlite/writer-client.ts'
import type { BlockHeader, BlockTable } from './block-table.ts'
import { replaceBlocks, type Replacement } from './block-writer.ts'
import { BLOCK_VALUES } from './blocks/block.ts'
import { roomOf } from './commit-queue.ts'
import type { Head, HeadSequence } from './head.ts'
import { planSealing, type SealingPlan } from './sealing-plan.ts'
import type { Sealer } from './sealer.ts'
import { Fault } from '../../base/fault.ts'
import type { NumberedLocks } from '../../base/locks.ts'
import type { SequenceRef } from '../sequence-store.ts'
import { TimeSlices } from '../../base/time-slices.ts'

/** Maximum weight, and number of sequences, that are sealed as one group. */
const GROUP_WEIGHT = 50_000
const GROUP_SEQUENCES = 500
/** Values of one sequence that are sealed at a time, so that an import into one sequence needs no more memory than many live ones. */
const PIECE = 2 * BLOCK_VALUES
/** Values that the sealer's thread gets at a time, including those of the blocks that they join. */
const ROUND = 4 * BLOCK_VALUES
/** Bytes of blocks in one transaction; commits of values wait until it ends. */
const TRANSACTION_BYTES = 64 * 1024

/** Milliseconds of planning at a time; a commit in between waits for a few of them. */
const PLANNING_SLICE = 0.25

type Planned = readonly [head: HeadSequence, plan: SealingPlan]

/** A sequence whose values could not be sealed. */
export interface Failed {
  readonly head: HeadSequence
  readonly error: unknown
}

export interface SettlerParts {
  readonly head: Head
  readonly table: BlockTable
  readonly sealer: Sealer
  readonly writer: RowWriter
  readonly locks: NumberedLocks
  /** Called for each block that turns out to be damaged. */
  readonly onDamage: (header: BlockHeader, damage: string) => void
}

export class Settler {
  readonly #parts: SettlerParts

  constructor(parts: SettlerParts) {
    this.#parts = parts
  }

  /**
   * Seals everything that is in the head now. Sequences that can't be sealed keep none of the others.
   * @returns those that could not be sealed, and why; undefined when `isOver` made it stop early
   * @throws Fault busy when nothing can be written now
   */
  async settleAll(isOver: () => boolean): Promise<Failed[] | undefined> {
    const failed: Failed[] = []
    let group: HeadSequence[] = []
    let weight = 0
    const heads = this.#parts.head.list()
    for (const [at, head] of heads.entries()) {
      group.push(head)
      weight += head.weight
      if (weight < GROUP_WEIGHT && group.length < GROUP_SEQUENCES && at < heads.length - 1) continue
      if (isOver()) return undefined
      failed.push(...(await this.#settleEach(group)))
      group = []
      weight = 0
    }
    return failed
  }

  /** Seals a group; when that fails, each of its sequences alone. */
  async #settleEach(group: readonly HeadSequence[]): Promise<Failed[]> {
    const failed: Failed[] = []
    for (const heads of [group, ...(group.length > 1 ? group.map((head) => [head]) : [])]) {
      try {
        await this.#settleGroup(heads)
        if (heads === group) return []
      } catch (error) {
        // Not the sequence's fault: the disk is full, or its like.
        if (error instanceof Fault) throw error
        if (heads.length === 1 && heads[0]) failed.push({ head: heads[0], error })
      }
    }
    return failed
  }

  /** Seals a sequence's values that lie among those of its blocks. */
  async settleLate(ref: SequenceRef): Promise<void> {
    const { head: all, locks } = this.#parts
    for (let head = all.get(ref); head; head = all.get(ref)) {
      const [oldest] = head.current.times
      if (head.settling) await locks.hold([ref.id], () => Promise.resolve())
      else if (oldest !== undefined && oldest <= head.newestSealed) await this.#settleGroup([head])
      else return
    }
  }

  async #settleGroup(heads: readonly HeadSequence[]): Promise<void> {
    const { head, locks } = this.#parts
    await locks.hold(
      heads.map(({ ref }) => ref.id),
      async () => {
        const taken = head.take(heads)
        try {
          await this.#sealAll(taken.map((one) => one.head))
          head.sealed(taken)
        } catch (error) {
          head.unsealed(taken)
          throw error
        }
      },
    )
  }

  /** Makes blocks of the values that these heads are settling. The caller holds their locks. */
  async #sealAll(heads: readonly HeadSequence[]): Promise<void> {
    const { table } = this.#parts
    const slices = new TimeSlices(PLANNING_SLICE)
    const damaged = new Set<HeadSequence>()
    let plans: Planned[] = []
    let work = 0
    const flush = async (): Promise<void> => {
      for (const head of await this.#seal(plans)) damaged.add(head)
      plans = []
      work = 0
    }
    for (const head of heads) {
      const length = head.settling?.length ?? 0
      for (let from = 0; from < length; ) {
        const to = from + roomFor(head, table.newest(head.ref)?.count ?? 0)
        const piece = { times: head.settling?.times.slice(from, to) ?? [], values: head.settling?.values.slice(from, to) ?? [] }
        for (const plan of await table.withBlocks(() => planSealing(table, head.ref, piece))) {
          plans.push([head, plan])
          work += plan.job.times.length + plan.old.reduce((sum, { count }) => sum + count, 0)
          if (work >= ROUND) await flush()
        }
        from = to
        // The next piece joins the last block of this one, so this one must be stored first.
        if (from < length) await flush()
        if (slices.isOver()) await slices.next()
      }
    }
    await flush()
    // Seal again around the damaged blocks, which have been put aside. What was sealed already is only sealed again.
    if (damaged.size > 0) await this.#sealAll([...damaged])
  }

  async #putAside(block: BlockHeader, damage: string, data: Uint8Array | undefined): Promise<void> {
    const { table, writer } = this.#parts
    try {
      await writer.rows(table.steps.quarantine(block, damage, data), 'later')
    } catch (error) {
      if (!data || !isUnreadable(error)) throw error
      await writer.rows(table.steps.quarantine(block, damage, undefined), 'later')
    }
  }

  /** @returns the heads with a damaged block, of which some values were left out */
  async #seal(plans: readonly Planned[]): Promise<HeadSequence[]> {
    const { table, sealer, writer, onDamage } = this.#parts
    const results = plans.length > 0 ? await sealer.seal(plans.map(([, { job }]) => job)) : []
    const damaged: HeadSequence[] = []
    let replacements: Replacement[] = []
    let bytes = 0
    for (const [at, [head, { old, job, unreadable }]] of plans.entries()) {
      const result = results[at]
      if (!result) throw new Error('the sealer left a job out')
      if ('damage' in result) {
        const block = old[result.damaged]
        if (!block) throw new Error(`sealing failed: ${result.damage}`)
        const reason = unreadable.get(block.dataId)
        const data = reason === undefined ? job.under[result.damaged] : undefined
        damaged.push(head)
        if (data && !table.isSurelyDamaged(block, data)) continue
        onDamage(block, reason ?? result.damage)
        await this.#putAside(block, reason ?? result.damage, data)
        continue
      }
      replacements.push({ old, sequence: head.ref, blocks: result.blocks })
      bytes += result.blocks.reduce((sum, { data }) => sum + data.length, 0)
      if (bytes < TRANSACTION_BYTES && at < plans.length - 1) continue
      await replaceBlocks(table, writer, replacements)
      replacements = []
      bytes = 0
    }
    if (replacements.length > 0) await replaceBlocks(table, writer, replacements)
    return damaged
  }
}

/**
 * How many values of a sequence make one piece: whole blocks together with the last block, which they join. For texts fewer, since a few
 * can weigh much.
 */
function roomFor({ ref, settling }: HeadSequence, newestCount: number): number {
  if (ref.isText) return Math.max(1, Math.floor((PIECE * (settling?.length ?? 0)) / Math.max(1, weighAll(settling?.values ?? []))))
  return PIECE - (newestCount % BLOCK_VALUES)
}

const weighAll = (values: readonly (number | string)[]): number => values.reduce<number>((sum, value) => sum + roomOf(value), 0)
