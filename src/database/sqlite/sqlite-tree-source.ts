/** Rows of the tree from the main thread's read-only connection. */
import type Sqlite from 'better-sqlite3'
import { FILE, SEQUENCE } from '../../wire/resource-types.ts'
import {
  treeColumns,
  type ChildName,
  type Membership,
  type NameIndex,
  type NamedRow,
  type SequenceBelow,
  type TreeRow,
  type TreeSource,
} from '../tree-source.ts'
import { SqliteNames } from './sqlite-names.ts'

const COLUMNS = treeColumns.join(', ')

export class SqliteTreeSource implements TreeSource {
  readonly nameIndex: NameIndex
  readonly #reader: Sqlite.Database
  readonly #prepared = new Map<string, Sqlite.Statement>()

  constructor(reader: Sqlite.Database) {
    this.#reader = reader
    this.nameIndex = new SqliteNames(reader)
  }

  byId(id: number): TreeRow | undefined {
    return this.#select<TreeRow>(`${COLUMNS} from resources where id = ? and deleted = 0`).get(id)
  }

  byName(parentId: number | null, name: string): TreeRow | undefined {
    return this.#select<TreeRow>(`${COLUMNS} from resources where coalesce(parent_id, 0) = ? and name = ? and deleted = 0`).get(
      parentId ?? 0,
      name,
    )
  }

  hasDeleted(parentId: number | null, name: string): boolean {
    return this.#select('1 from resources where parent_id is ? and name = ? and deleted = 1').get(parentId, name) !== undefined
  }

  children(parentId: number | null, after: string | undefined, limit: number): TreeRow[] {
    return this.#select<TreeRow>(
      `${COLUMNS} from resources where coalesce(parent_id, 0) = ? and name > ? and deleted = 0 order by name limit ?`,
    ).all(parentId ?? 0, after ?? '', limit)
  }

  names(parentId: number | null): ChildName[] {
    const rows = this.#select<[number, string, number, number]>(
      'id, name, type, permissions is not null from resources where coalesce(parent_id, 0) = ? and deleted = 0',
    )
      .raw()
      .all(parentId ?? 0)
    return rows.map(([id, name, type, isRestricted]) => ({ id, name, type, isRestricted: isRestricted === 1 }))
  }

  allNames(after: number, limit: number): NamedRow[] {
    const rows = this.#select<[number, number | null, string, number, number]>(
      'id, parent_id, name, type, permissions is not null from resources where id > ? and deleted = 0 order by id limit ?',
    )
      .raw()
      .all(after, limit)
    return rows.map(([id, parentId, name, type, isRestricted]) => ({ id, parentId, name, type, isRestricted: isRestricted === 1 }))
  }

  ofType(type: number, after: number, limit: number): TreeRow[] {
    // As the index of what is no file has it.
    const others = type === FILE ? '' : ` and type <> ${FILE}`
    return this.#select<TreeRow>(`${COLUMNS} from resources where type = ? and id > ? and deleted = 0${others} order by id limit ?`).all(
      type,
      after,
      limit,
    )
  }

  ruled(): TreeRow[] {
    return this.#select<TreeRow>(`${COLUMNS} from resources where deleted = 0 and instr(system_attributes, '"alerts"') > 0`).all()
  }

  aging(): TreeRow[] {
    return this.#select<TreeRow>(`${COLUMNS} from resources where deleted = 0 and instr(system_attributes, '"max_age"') > 0`).all()
  }

  sequencesBelow(folderId: number): SequenceBelow[] {
    return this.#prepare<SequenceBelow>(
      `with recursive below (id, type, path) as (
         select id, type, '' from resources where id = ?
         union all
         select resources.id, resources.type, path || '/' || name
         from below cross join resources on parent_id = below.id
         where resources.type <> ${FILE} and deleted = 0
       )
       select id, path from below where type = ${SEQUENCE}`,
    ).all(folderId)
  }

  memberships(userId: number): Membership[] {
    return this.#select<Membership>('organization_id, is_admin from organization_users where user_id = ?').all(userId)
  }

  #select<Row>(rest: string): Sqlite.Statement<unknown[], Row> {
    return this.#prepare<Row>(`select ${rest}`)
  }

  /** When it is first needed: a database that is examined may lack some of its tables. */
  #prepare<Row>(sql: string): Sqlite.Statement<unknown[], Row> {
    const known = this.#prepared.get(sql) as Sqlite.Statement<unknown[], Row> | undefined
    if (known) return known
    const statement = this.#reader.prepare<unknown[], Row>(sql)
    this.#prepared.set(sql, statement)
    return statement
  }
}
