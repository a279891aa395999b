/** Where the tree of resources reads what it does not have in memory. */
import type { ResourceRow } from './schema.ts'

/** The columns of a row that the tree needs. */
export type TreeRow = Pick<ResourceRow, 'id' | 'parent_id' | 'name' | 'type' | 'organization_id' | 'permissions' | 'system_attributes'>
export const treeColumns = ['id', 'parent_id', 'name', 'type', 'organization_id', 'permissions', 'system_attributes'] as const

export interface Membership {
  readonly organization_id: number
  readonly is_admin: number
}

/** A sequence below a folder, and its names from that folder on. */
export interface SequenceBelow {
  readonly id: number
  /** With a slash before each name. */
  readonly path: string
}

/** What a list of many children needs to know of each. */
export interface ChildName {
  readonly id: number
  readonly name: string
  readonly type: number
  /** Whether it has permission records of its own. */
  readonly isRestricted: boolean
}

/** What a search looks at. */
export interface NamedRow extends ChildName {
  readonly parentId: number | null
}

/** Finds names by a part of them. */
export interface NameIndex {
  /**
   * Names that may hold a part, some at a time by id: all that do, and few others. The part is in lower case and has three characters at
   * least. What lies in something deleted is among them.
   * @param place first: at the beginning, for parts of any length; alone: as the whole name
   */
  holding(part: string, place: 'anywhere' | 'first' | 'alone'): IterableIterator<NamedRow[]>
  /** Names that the index does not know yet; undefined: there are more than `limit`. */
  others(limit: number): NamedRow[] | undefined
  /** About how many names the index does not know yet. */
  behind(): number
}

/**
 * Reads rows that are not marked as deleted themselves, as of the newest commit. A folder above them may be deleted, which takes them
 * along: the caller looks. Each call is synchronous and takes a few reads of an index.
 */
export interface TreeSource {
  readonly nameIndex: NameIndex
  byId(id: number): TreeRow | undefined
  /** @param parentId null: the root */
  byName(parentId: number | null, name: string): TreeRow | undefined
  /** Whether something of a name was deleted from a folder, and is not purged yet. @param parentId null: the root */
  hasDeleted(parentId: number | null, name: string): boolean
  /**
   * Some of a folder's children, by name in the order of its bytes.
   * @param after the name before the first of them; undefined: from the beginning
   */
  children(parentId: number | null, after: string | undefined, limit: number): TreeRow[]
  /** All children of a folder. */
  names(parentId: number | null): ChildName[]
  /** Some of all rows, by id. @param after the id before the first of them */
  allNames(after: number, limit: number): NamedRow[]
  /** Some resources of a type, by id. @param after the id before the first of them */
  ofType(type: number, after: number, limit: number): TreeRow[]
  /** Resources that have alert rules of their own. */
  ruled(): TreeRow[]
  /** Sequences that keep their values for a limited time. */
  aging(): TreeRow[]
  sequencesBelow(folderId: number): SequenceBelow[]
  memberships(userId: number): Membership[]
}
