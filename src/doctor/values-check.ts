/** Checks values of sequences: reads the journal's records, decodes every block and compares it with its header. */
import type { Snapshot } from '../database/sqlite/snapshot.ts'
import { verifyBlocks } from '../storage/engine/block-checks.ts'
import { readJournal } from '../storage/engine/journal-reading.ts'
import { DAY, formatTimestamp, type Micros } from '../base/time.ts'
import { unwatched, type Report } from './report.ts'

/** Names records of the journal that are damaged, and those that the server has put aside. */
export async function checkJournal(report: Report, file: string, snapshot: Snapshot): Promise<void> {
  const paths = await findPaths(snapshot)
  const lost = readJournal(snapshot.reader, { value: () => {}, removal: () => {}, record: () => report.counts.journal_records++ })
  const aside = await snapshot.db.selectFrom('sequence_damaged_records').selectAll().orderBy('id').execute()
  const before = aside.map(({ first_record: firstRecord, last_record: lastRecord, sequences, first, last, damage }) => ({
    ...{ firstRecord, lastRecord, damage: `${damage}; the server put it aside` },
    ...{ sequences: JSON.parse(sequences) as number[], first: first ?? undefined, last: last ?? undefined },
  }))
  for (const one of [...before, ...lost.filter(({ firstRecord }) => !before.some((other) => other.firstRecord === firstRecord))]) {
    const { firstRecord, lastRecord, damage } = one
    const records = firstRecord === lastRecord ? `record ${firstRecord}` : `records ${firstRecord} to ${lastRecord}`
    report.error('values', `${file}, ${records} of the journal`, describeLost(one, damage, paths), RESTORE)
  }
}

const RESTORE =
  'Its values are missing, and all others are there. Restore those of that time from a backup (rhizo seq export there, rhizo seq import ' +
  'here), and look after the disk or card: it lost what was written.'
/** How many paths are named. */
const MOST_PATHS = 5

/** Says whose new values of which time are gone. */
export function describeLost(
  { sequences, first, last }: { sequences: readonly number[]; first: Micros | undefined; last: Micros | undefined },
  damage: string,
  paths: ReadonlyMap<number, string>,
): string {
  const names = sequences.slice(0, MOST_PATHS).map((id) => paths.get(id) ?? `sequence ${id}`)
  const more = sequences.length > MOST_PATHS ? ` and ${sequences.length - MOST_PATHS} more` : ''
  const whose = names.length === 0 ? 'some sequences' : `${names.join(', ')}${more}`
  const since = first === undefined ? '' : ` from ${formatTimestamp(first)}`
  const until = last === undefined ? '' : ` to ${formatTimestamp(last)}`
  return `held new values of ${whose}${since}${until}. ${damage}`
}

export async function checkBlocks(report: Report, snapshot: Snapshot, watch = unwatched): Promise<void> {
  const paths = await findPaths(snapshot)
  const total = await snapshot.db
    .selectFrom('sequence_blocks')
    .select(({ fn }) => fn.sum<number | null>('count').as('values'))
    .executeTakeFirst()
  const progress = watch.begin('values', total?.values ?? 0)
  const strangers = new Set<number>()
  for await (const { sequenceId, first, last, count, damage } of verifyBlocks(snapshot.reader)) {
    report.counts.blocks++
    report.counts.values += count
    progress.advance(count)
    const path = paths.get(sequenceId)
    if (path === undefined) strangers.add(sequenceId)
    if (damage === undefined) continue
    report.error(
      'values',
      path ?? `sequence ${sequenceId}`,
      `has a damaged block of ${count} values from ${formatTimestamp(first)} on: ${damage}`,
      `Reads pass over it. Take it out, with whatever was stored for that time since: rhizo seq delete ${path ?? 'PATH'} ` +
        `--start ${formatTimestamp(first)} --end ${formatTimestamp(last)}. Then restore the values from a backup (rhizo seq ` +
        'export there, rhizo seq import here), and look after the disk or card: it lost what was written.',
    )
  }
  progress.end()
  for (const id of strangers)
    report.warn('values', `sequence ${id}`, 'has values, but is gone itself', 'They take up space and do no harm otherwise; report it.')
}

/** Paths of resources by id, including deleted ones. */
export async function findPaths({ db }: Snapshot): Promise<Map<number, string>> {
  const rows = new Map(
    (await db.selectFrom('resources').select(['id', 'parent_id', 'name', 'deleted']).execute()).map((row) => [row.id, row]),
  )
  const paths = new Map<number, string>()
  for (const { id, deleted } of rows.values()) {
    const names: string[] = []
    const seen = new Set<number>()
    for (let at = rows.get(id); at && !seen.has(at.id); at = at.parent_id === null ? undefined : rows.get(at.parent_id)) {
      seen.add(at.id)
      names.unshift(at.name)
    }
    paths.set(id, `/${names.join('/')}${deleted === 0 ? '' : ' (deleted)'}`)
  }
  return paths
}

/** No lab of this program measured before: a clock without a battery starts in 1970. Imports of older measurements are not told of. */
const FIRST_PLAUSIBLE: Micros = Date.UTC(1980, 0, 1) * 1000
/** Sequences that are named. */
const MOST_NAMED = 20

interface Extent {
  early: number
  earlyLast: Micros
  ahead: Micros
}

/**
 * Names sequences with values from 1970, when the server's clock or a controller's had not been set, and from the future.
 * @param now undefined: it isn't known what the future is
 */
export async function checkTimes(report: Report, snapshot: Snapshot, now: Micros | undefined): Promise<void> {
  const extents = new Map<number, Extent>()
  const note = (id: number, first: Micros, last: Micros, count: number): void => {
    const isEarly = first < FIRST_PLAUSIBLE
    const isAhead = now !== undefined && last > now + DAY
    if (!isEarly && !isAhead) return
    const extent = extents.get(id) ?? { early: 0, earlyLast: Number.NEGATIVE_INFINITY, ahead: Number.NEGATIVE_INFINITY }
    if (isEarly) {
      extent.early += last < FIRST_PLAUSIBLE ? count : 1
      extent.earlyLast = Math.max(extent.earlyLast, last < FIRST_PLAUSIBLE ? last : first)
    }
    if (isAhead) extent.ahead = Math.max(extent.ahead, last)
    extents.set(id, extent)
  }
  const blocks = await snapshot.db.selectFrom('sequence_blocks').select(['sequence_id', 'first', 'last', 'count']).execute()
  for (const { sequence_id: id, first, last, count } of blocks) note(id, first, last, count)
  // checkJournal tells of records that are damaged.
  readJournal(snapshot.reader, { value: ({ sequence, time }) => note(sequence.id, time, time, 1), removal: () => {}, record: () => {} })
  if (extents.size === 0) return
  const paths = await findPaths(snapshot)
  const named = [...extents].slice(0, MOST_NAMED)
  for (const [id, { early, earlyLast, ahead }] of named) {
    const path = paths.get(id) ?? `sequence ${id}`
    if (early > 0)
      report.warn(
        'values',
        path,
        `has values up to ${formatTimestamp(earlyLast)}, from before 1980: a clock had not been set when they were stamped`,
        `Move them to when they were measured: rhizo seq shift ${path} --start 1970-01-01 --end ${formatTimestamp(earlyLast)} ` +
          '--by DURATION; or remove them with "rhizo seq delete".',
      )
    if (ahead !== Number.NEGATIVE_INFINITY)
      report.warn(
        'values',
        path,
        `has values up to ${formatTimestamp(ahead)}, which is to come: a clock was ahead when they were stamped`,
        `Move them to when they were measured: rhizo seq shift ${path} --start now --end ${formatTimestamp(ahead)} --by -DURATION; ` +
          `or remove them: rhizo seq delete ${path} --start now`,
      )
  }
  if (extents.size > named.length)
    report.warn('values', `${extents.size - named.length} more sequences`, 'have values of such times', 'See to the ones above first.')
}
