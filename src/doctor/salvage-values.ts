/** Copies values of a damaged lab: sealed blocks by their checksums, new values record by record of the journal. */
import { formatTimestamp } from '../base/time.ts'
import { isUnreadable } from '../database/errors.ts'
import { readAround } from '../database/sqlite/around-damage.ts'
import type { Connection, Statement } from '../database/sqlite/connection.ts'
import { copyGroups, copyTable, readBlob } from '../database/sqlite/table-copy.ts'
import { BlockTable } from '../storage/engine/block-table.ts'
import { findDamage } from '../storage/engine/block-checks.ts'
import { readJournal } from '../storage/engine/journal-reading.ts'
import { describeLost } from './values-check.ts'

export function copyValues(old: Connection, made: Connection, gone: string[], saved: Record<string, number>): void {
  const paths = readPaths(made)
  copyJournal(old, made, paths, gone, saved)
  copyBlocks(old, made, paths, gone, saved)
}

function copyJournal(
  old: Connection,
  made: Connection,
  paths: ReadonlyMap<number, string>,
  gone: string[],
  saved: Record<string, number>,
): void {
  const lost = readJournal(old, { value: () => {}, removal: () => {}, record: () => {} })
  const damaged = new Set(lost.map(({ firstRecord }) => firstRecord))
  saved['sequence_journal'] = copyTable(old, made, 'sequence_journal', (id) => !damaged.has(id)).rows
  for (const one of lost) gone.push(`a record of the journal: it ${describeLost(one, one.damage, paths)}`)
  for (const { sequences, first, last, damage } of readAside(old, 'sequence_damaged_records')) {
    const ids = JSON.parse(String(sequences)) as number[]
    const one = { sequences: ids, first: numberOf(first), last: numberOf(last) }
    gone.push(`a record of the journal that was put aside: it ${describeLost(one, String(damage), paths)}`)
  }
}

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

function copyBlocks(
  old: Connection,
  made: Connection,
  paths: ReadonlyMap<number, string>,
  gone: string[],
  saved: Record<string, number>,
): void {
  const ids = new Set([...paths.keys(), ...findSequences(old)])
  const headers = copyGroups(old, made, 'sequence_blocks', 'sequence_id', 'first', ids)
  const data = readBlob(old, 'sequence_block_data', 'data')
  const insert = made.prepare('insert into sequence_block_data (id, data) values (?, ?)')
  const drop = made.prepare('delete from sequence_blocks where sequence_id = ? and first = ?')
  const table = new BlockTable(made)
  const used = new Set<number>()
  saved['blocks'] = 0
  saved['values'] = 0
  for (let page = table.page(undefined, 500); page.length > 0; page = table.page(page.at(-1), 500))
    for (const header of page) {
      const { sequenceId, first, last, count, dataId } = header
      used.add(dataId)
      const content = data(dataId)
      const damage = content ? findDamage(header, content) : "it can't be read"
      if (content && damage === undefined) {
        insert.run(dataId, content)
        saved['blocks']++
        saved['values'] += count
        continue
      }
      drop.run(sequenceId, first)
      gone.push(
        `${count} values of ${paths.get(sequenceId) ?? `sequence ${sequenceId}`} from ${formatTimestamp(first)} ` +
          `to ${formatTimestamp(last)}: ${damage}`,
      )
    }
  for (const row of readAside(old, 'sequence_damaged_blocks'))
    gone.push(
      `${String(row['count'])} values of ${paths.get(Number(row['sequence_id'])) ?? `sequence ${String(row['sequence_id'])}`} from ` +
        `${formatTimestamp(Number(row['first']))} to ${formatTimestamp(Number(row['last']))}: ${String(row['damage'])}; put aside before`,
    )
  if (headers.gaps.length === 0) return
  const names = headers.gaps.map(({ from }) => paths.get(from) ?? `sequence ${from}`)
  const more = names.length > 20 ? ` and ${names.length - 20} more` : ''
  gone.push(`blocks of values of ${names.slice(0, 20).join(', ')}${more}: the list of some is damaged`)
}

/** Ids of sequences that have blocks, as far as the list of blocks can be read. */
function findSequences(old: Connection): Set<number> {
  const found = new Set<number>()
  const select = (order: string): Statement<[number, number], number> =>
    old
      .prepare<[number, number], number>(
        `select sequence_id from sequence_blocks where sequence_id between ? and ? order by sequence_id ${order}`,
      )
      .pluck()
  const both = { asc: select('asc'), desc: select('desc') }
  readAround(
    { from: 0, to: Number.MAX_SAFE_INTEGER },
    ({ from, to }, order) => both[order].iterate(from, to),
    (id) => id,
    (id) => void found.add(id),
  )
  return found
}

/** Rows that were put aside before; none where the table can't be read or is not there yet. */
function readAside(old: Connection, table: string): Record<string, unknown>[] {
  try {
    const isThere = old.prepare("select 1 from sqlite_schema where type = 'table' and name = ?").get(table)
    return isThere ? (old.prepare(`select * from "${table}"`).all() as Record<string, unknown>[]) : []
  } catch (error) {
    if (!isUnreadable(error)) throw error
    return []
  }
}

function readPaths(made: Connection): Map<number, string> {
  const rows = made
    .prepare<[], [number, string]>(
      "with recursive tree (id, path) as (select id, '/' || name from resources where parent_id is null " +
        "union all select r.id, path || '/' || r.name from resources r join tree on r.parent_id = tree.id) select id, path from tree",
    )
    .raw()
    .all()
  const paths = new Map(rows)
  for (const id of made.prepare<[], number>('select id from resources').pluck().all()) if (!paths.has(id)) paths.set(id, `resource ${id}`)
  return paths
}
