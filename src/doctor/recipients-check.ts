/** Checks that alerts and watchdogs can reach those they are to tell. */
import type { Snapshot } from '../database/sqlite/snapshot.ts'
import { SqliteTreeSource } from '../database/sqlite/sqlite-tree-source.ts'
import { obstaclesTo } from '../notifications/obstacles.ts'
import type { Settings } from '../settings/settings.ts'
import { Tree, pathOf } from '../tree/tree.ts'
import { recipientsOf } from '../watching/watch-warnings.ts'
import type { Report } from './report.ts'

/** Resources and recipients that are named in one finding. */
const MAX_NAMED = 5

/** One finding for each reason. */
export async function checkRecipients(report: Report, settings: Settings, { db, reader }: Snapshot): Promise<void> {
  const tree = new Tree(new SqliteTreeSource(reader))
  await tree.load(db)
  const found = new Map<string, { paths: Set<string>; recipients: Set<string> }>()
  for (const resource of new Set([...tree.alerted, ...tree.controllers])) {
    for (const { reason, recipients } of obstaclesTo({ settings }, recipientsOf(resource))) {
      const known = found.get(reason) ?? { paths: new Set<string>(), recipients: new Set<string>() }
      found.set(reason, known)
      known.paths.add(pathOf(resource))
      for (const recipient of recipients) known.recipients.add(recipient)
    }
  }
  for (const [reason, { paths, recipients }] of found)
    report.warn(
      'messages',
      list(paths),
      `${paths.size === 1 ? 'has an alarm' : 'have alarms'} that can't reach ${list(recipients)}: ${reason}`,
      'Set it in the settings file, start the server again, and try it with "rhizo alert send-test".',
    )
}

function list(names: ReadonlySet<string>): string {
  const more = names.size - MAX_NAMED
  return [...names].slice(0, MAX_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
