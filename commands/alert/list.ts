/** `rhizo alert ls`: lists alerts, and which of them are on. */
import type { Alert } from '../../src/client/types.ts'
import { conditionWithUnits } from '../../src/wire/alert-words.ts'
import { action, requirePath, type CommandGroup } from '../support/session.ts'

export function define(alert: CommandGroup): void {
  alert
    .command('ls')
    .description('List alerts, and which of them are on.')
    .argument('[path]', 'a sequence, a controller, or a folder with such; everywhere unless given')
    .option('--active', 'only those that are on')
    .addHelpText('after', '\nExamples:\n  rhizo alert ls\n  rhizo alert ls /lab/freezer --active --json')
    .action(
      action(async (session, path, options) => {
        const client = await session.client()
        const alerts = await client.alerts.list(path === undefined ? undefined : requirePath(path))
        await session.out.list(
          alerts.filter(({ active }) => options.active !== true || active),
          [
            { title: 'PATH', value: (row) => row.path },
            { title: 'NAME', value: (row) => row.name },
            { title: 'CONDITION', value: (row) => conditionWithUnits(row.condition, row.units) },
            { title: 'STATE', value: describeState },
            { title: 'TELLS', value: (row) => row.recipients?.join(', ') },
          ],
        )
      }),
    )
}

function describeState(row: Alert): string {
  if (!row.enabled) return 'turned off'
  if (row.covers !== undefined) return `followed on ${row.covers} by ${row.pattern ?? ''}`
  const muted = row.muted === null ? [] : [`muted until ${row.muted.until_timestamp}`]
  const on = row.active ? [`ON since ${row.start_timestamp ?? ''}`] : []
  const care = row.acknowledged === null ? [] : [`${row.acknowledged.by ?? 'somebody'} is on it`]
  const off = row.active || row.end_timestamp === null ? [] : [`off since ${row.end_timestamp}`]
  return [...on, ...off, ...care, ...muted].join(', ')
}
