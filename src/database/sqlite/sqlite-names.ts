/** Finds names by a part of them, from the main thread's read-only connection. See ../name-index.ts. */
import type Sqlite from 'better-sqlite3'
import { BEGIN, END } from '../name-index.ts'
import type { NameIndex, NamedRow } from '../tree-source.ts'

/** Names that are read at a time. */
const PAGE = 100
/** A group of characters of which there are fewer is rare. */
const RARE = 100
/** Groups that are looked up together: the rarest of a part say nearly as much as all of them. */
const GROUPS = 3
/** Groups of a long part that are looked at. */
const MAX_GROUPS = 30

type RawRow = [id: number, parentId: number | null, name: string, type: number, isRestricted: number]
const COLUMNS = 'resources.id, parent_id, name, type, permissions is not null'

const fromRaw = ([id, parentId, name, type, isRestricted]: RawRow): NamedRow => ({
  id,
  parentId,
  name,
  type,
  isRestricted: isRestricted === 1,
})

export class SqliteNames implements NameIndex {
  readonly #reader: Sqlite.Database
  readonly #prepared = new Map<string, Sqlite.Statement>()

  constructor(reader: Sqlite.Database) {
    this.#reader = reader
  }

  behind(): number {
    const [newest, reached, isChanged] = this.#raw<[number | null, number | null, number]>(
      `select (select max(id) from resources), (select max(id) from resource_names_docsize), exists (select 1 from changed_names)`,
    ).get() ?? [0, 0, 0]
    return Math.max((newest ?? 0) - (reached ?? 0), isChanged)
  }

  others(limit: number): NamedRow[] | undefined {
    const newer = this.#raw<RawRow>(
      `select ${COLUMNS} from resources
       where id > (select coalesce(max(id), 0) from resource_names_docsize) and deleted = 0 order by id limit ?`,
    ).all(limit + 1)
    if (newer.length > limit) return undefined
    const changed = this.#raw<RawRow>(
      `select ${COLUMNS} from changed_names cross join resources on resources.id = changed_names.id where deleted = 0`,
    ).all()
    return [...newer, ...changed].map(fromRaw)
  }

  *holding(part: string, place: 'anywhere' | 'first' | 'alone'): IterableIterator<NamedRow[]> {
    const text = `${place === 'anywhere' ? '' : BEGIN + BEGIN}${part}${place === 'alone' ? END : ''}`
    const match = this.#rarest(groupsOf(text))
    if (match === undefined) return
    const ids = this.#raw<[number]>('select rowid from resource_names where resource_names match ? and rowid > ? order by rowid limit ?')
    const rows = this.#raw<RawRow>(
      `select ${COLUMNS} from (select value as wanted from json_each(?)) cross join resources on resources.id = wanted where deleted = 0`,
    )
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page: number[] = ids.all(match, after, PAGE).map(([id]) => id)
      yield rows.all(JSON.stringify(page)).map(fromRaw)
      after = page.length === PAGE ? page.at(-1) : undefined
    }
  }

  /** What to look for: the groups of which there are the fewest. @returns undefined when there is none of one */
  #rarest(groups: readonly string[]): string | undefined {
    const first = this.#raw<[number]>(`select rowid from resource_names where resource_names match ? order by rowid limit ${RARE}`)
    const counted = groups.map((group) => {
      const found = first.all(group)
      return { group, size: found.length < RARE ? found.length - RARE : 1 / (found.at(-1)?.[0] ?? 1) }
    })
    counted.sort((a, b) => a.size - b.size)
    if (counted[0]?.size === -RARE) return undefined
    return counted
      .slice(0, GROUPS)
      .map(({ group }) => group)
      .join(' AND ')
  }

  /** Prepared when it is first needed: a database that is examined may lack some of its tables. */
  #raw<Row>(text: string): Sqlite.Statement<unknown[], Row> {
    const known = this.#prepared.get(text) as Sqlite.Statement<unknown[], Row> | undefined
    if (known) return known
    const statement = this.#reader.prepare<unknown[], Row>(text).raw()
    this.#prepared.set(text, statement)
    return statement
  }
}

/** Each three characters that follow each other, as the index's language writes them. */
function groupsOf(text: string): string[] {
  const characters = [...text]
  const groups = new Set<string>()
  for (let at = 0; at + 3 <= characters.length && groups.size < MAX_GROUPS; at++)
    groups.add(
      `"${characters
        .slice(at, at + 3)
        .join('')
        .replaceAll('"', '""')}"`,
    )
  return [...groups]
}
