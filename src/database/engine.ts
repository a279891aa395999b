/** What an engine gives of its database; `src/engine.ts` adds what stands on it. */
import type { Fault } from '../base/fault.ts'
import type { Leases } from './lease.ts'
import type { TakeIds } from './new-ids.ts'
import type { Db } from './schema.ts'
import type { PageFile } from './sqlite/page-file.ts'
import type { ChangedPages, PagePosition } from './sqlite/pages.ts'
import type { Transact } from './transact.ts'
import type { TreeSource } from './tree-source.ts'

/** What a start found; each is a sentence or more. */
export interface DatabaseDamage {
  /** What was made again, and what is lost with it. */
  readonly mended: readonly string[]
  /** What can't be read and is left as it is. */
  readonly left: readonly string[]
}

export const NO_DAMAGE: DatabaseDamage = { mended: [], left: [] }

/** What one step of {@link DatabaseEngine.vacuum} came to. */
export interface Vacuumed {
  /** Pages that hold nothing, of all pages. */
  readonly free: number
  readonly total: number
  /** How long writers waited for it. */
  readonly milliseconds: number
}

/** Room that the database takes, in bytes. */
export interface DatabaseSize {
  /** With its log. */
  readonly used: number
  /** Left on its disk; undefined where that can't be asked. */
  readonly free: number | undefined
}

/** Space that is taken up while there is enough, and given to the database when there is none left. */
export interface Ballast {
  /** Fine when it is there, or there is no room for it. */
  take(): Promise<void>
  /** @returns whether there was any */
  give(): Promise<boolean>
}

/** What a standby takes over, see sqlite/pages.ts. */
export interface Pages {
  /**
   * Pages that changed since a position, with what they hold at one moment.
   * @param since undefined: says only where to begin
   * @param most pages
   */
  changes(since: PagePosition | undefined, most: number): Promise<ChangedPages>
  /** All pages, without what the log holds. */
  readonly file: Pick<PageFile, 'groups' | 'hashes' | 'readGroups'>
}

export interface DatabaseEngine {
  /** For messages: where the database is, without a password. */
  readonly name: string
  /** Each change is refused, with Fault busy. */
  readonly isReadOnly: boolean
  /** What the daemon's start found damaged. */
  readonly damage: DatabaseDamage
  /** Outside of transactions. */
  readonly database: Db
  readonly transact: Transact
  /** Missing where nothing can be read synchronously: then the tree holds all resources in memory. */
  readonly treeSource?: TreeSource
  readonly lease: Leases
  readonly takeIds: TakeIds
  /** Gives at most so many free pages back to the disk; with 0 it only counts them. */
  vacuum(pages: number): Promise<Vacuumed>
  /** Resolves when all that was committed survives a power cut: after a commit with DURABILITY normal it need not yet. */
  durable(): Promise<void>
  size(): Promise<DatabaseSize>
  /**
   * Looks whether what is written now would be found again: the file is not deleted or replaced. From the first loss on nothing is
   * committed any more.
   * @returns what is wrong and what to do; undefined when all is well
   */
  findLoss(): string | undefined
  /** From now on nothing is committed: each change is refused with this. */
  refuse(fault: Fault): void
  readonly pages: Pages
  /** Why nothing is committed for now, though each write tries again: the disk failed. undefined when all is well. */
  findTrouble(): string | undefined
  readonly ballast: Ballast
  /** @returns for an error that comes of a damaged database a Fault that says what is damaged and what to do; other errors as they are */
  explain(error: unknown): unknown
}

/** What reads and writes rows by itself, beside verbs. */
export type Tables = Pick<DatabaseEngine, 'database' | 'transact'>
