/** Data of blocks that is fetched from the database's server when it is read, and kept for a while. */
import type Sqlite from 'better-sqlite3'
import { BlockElsewhere, type BlockSource } from './block-source.ts'
import type { BlockHeader } from './block-table.ts'

/** Most that is kept, in bytes, beside what is held. */
const MOST_KEPT = 16 * 1024 * 1024
/** Blocks on each side of the one that is fetched first; reads that go on get more at a time. */
const BESIDE = 1
const MOST_AHEAD = 32
/** Most that is fetched at a time unasked, in bytes. */
const AHEAD_BYTES = 512 * 1024
/** Ids of blocks that are gone are forgotten from so many on. */
const MOST_GONE = 10_000

type Neighbour = [dataId: number, first: number, bytes: number]

/** What was fetched last, to tell reads that go on. */
interface Reach {
  readonly sequenceId: number
  readonly from: number
  readonly to: number
  readonly count: number
}

export interface FetchedBlocksOptions {
  /** Headers of all blocks, see HeaderMirror. */
  readonly reader: Sqlite.Database
  /** @returns the data of those that are there */
  readonly read: (ids: readonly number[]) => Promise<readonly (readonly [id: number, data: Buffer])[]>
  /** Resolves when the headers show all that was committed. */
  readonly settled: () => Promise<unknown>
}

export class FetchedBlocks implements BlockSource {
  readonly #options: FetchedBlocksOptions
  readonly #later: Sqlite.Statement<[number, number, number], Neighbour>
  readonly #earlier: Sqlite.Statement<[number, number, number], Neighbour>
  /** The one that was used last comes last. */
  readonly #kept = new Map<number, Buffer>()
  #bytes = 0
  readonly #gone = new Set<number>()
  #holds = 0
  #reach: Reach | undefined

  constructor(options: FetchedBlocksOptions) {
    this.#options = options
    const select = 'select data_id, first, bytes from sequence_blocks where sequence_id = ?'
    this.#later = options.reader.prepare<[number, number, number], Neighbour>(`${select} and first > ? order by first limit ?`).raw()
    this.#earlier = options.reader.prepare<[number, number, number], Neighbour>(`${select} and first < ? order by first desc limit ?`).raw()
  }

  data(header: BlockHeader): Buffer | undefined {
    const data = this.#kept.get(header.dataId)
    if (data) {
      this.#kept.delete(header.dataId)
      this.#kept.set(header.dataId, data)
      return data
    }
    if (this.#gone.has(header.dataId)) return undefined
    throw new BlockElsewhere(header)
  }

  async fetch(header: BlockHeader): Promise<void> {
    const wanted = [header.dataId, ...this.#beside(header)].filter((id) => !this.#kept.has(id))
    let isThere = false
    for (const [id, data] of await this.#options.read(wanted)) {
      if (id === header.dataId) isThere = true
      this.#keep(id, data)
    }
    if (isThere) return
    // Mostly it was resealed: then the headers show its successors after this, and no one asks for it again.
    await this.#options.settled()
    if (this.#gone.size >= MOST_GONE) this.#gone.clear()
    this.#gone.add(header.dataId)
  }

  hold(): () => void {
    this.#holds++
    return () => {
      this.#holds--
      this.#evict()
    }
  }

  /** Blocks that are likely to be read next. */
  #beside({ sequenceId, first, bytes }: BlockHeader): number[] {
    const before = this.#reach?.sequenceId === sequenceId ? this.#reach : undefined
    const goesOn = before === undefined ? 0 : first > before.to ? 1 : first < before.from ? -1 : 0
    const more = Math.min(MOST_AHEAD, 2 * (before?.count ?? BESIDE))
    const later = goesOn < 0 ? [] : this.#later.all(sequenceId, first, goesOn > 0 ? more : BESIDE)
    const earlier = goesOn > 0 ? [] : this.#earlier.all(sequenceId, first, goesOn < 0 ? more : BESIDE)
    const ids: number[] = []
    let [from, to, sum] = [first, first, bytes]
    for (const [id, at, size] of [...later, ...earlier]) {
      sum += size
      if (sum > AHEAD_BYTES) break
      ids.push(id)
      from = Math.min(from, at)
      to = Math.max(to, at)
    }
    this.#reach = { sequenceId, from, to, count: goesOn === 0 ? BESIDE : more }
    return ids
  }

  #keep(id: number, data: Buffer): void {
    if (this.#kept.has(id)) return
    this.#kept.set(id, data)
    this.#bytes += data.length
    this.#evict()
  }

  #evict(): void {
    if (this.#holds > 0) return
    for (const [id, data] of this.#kept) {
      if (this.#bytes <= MOST_KEPT || this.#kept.size <= 2 * MOST_AHEAD) return
      this.#kept.delete(id)
      this.#bytes -= data.length
    }
  }
}
