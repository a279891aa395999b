/** Checks values of sequences: reads the journal's records, decodes every block and compares it with its header. */
import { readJournal, type Snapshot } from '../database/sqlite/snapshot.ts'
import { verifyBlocks } from '../storage/engine/block-checks.ts'
import { unpackRecord } from '../storage/engine/journal.ts'
import { formatTimestamp } from '../base/time.ts'
import type { Report } from './report.ts'

const NOTHING = { value: (): void => {}, removal: (): void => {} }

export function checkJournal(report: Report, file: string, snapshot: Snapshot): void {
  for (const [id, record] of readJournal(snapshot)) {
    report.counts.journal_records++
    try {
      unpackRecord(record, NOTHING)
    } catch (error) {
      report.error(
        'values',
        `${file}, record ${id} of the journal`,
        `${error instanceof Error ? error.message : String(error)}; the server does not start with it`,
        'Restore a backup; or stop the server, keep a copy of the file, and take the record out with: sqlite3 FILE "delete ' +
          `from sequence_journal where id = ${id}". Its values are lost then.`,
      )
    }
  }
}

export async function checkBlocks(report: Report, snapshot: Snapshot): Promise<void> {
  const paths = await findPaths(snapshot)
  const strangers = new Set<number>()
  for await (const { sequenceId, first, last, count, damage } of verifyBlocks(snapshot.reader)) {
    report.counts.blocks++
    report.counts.values += count
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
  for (const id of strangers)
    report.warn('values', `sequence ${id}`, 'has values, but is gone itself', 'They take up space and do no harm otherwise; report it.')
}

/** Paths of sequences by id, including deleted ones. */
async function findPaths({ db }: Snapshot): Promise<Map<number, string>> {
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
