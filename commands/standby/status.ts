/** `rhizo standby status`: what the server of this machine is, and how far behind. */
import { formatFields } from '../support/output.ts'
import { localUrl } from '../support/local-server.ts'
import { action, type CommandGroup } from '../support/session.ts'

const PATIENCE_MS = 5_000

export function define(standby: CommandGroup): void {
  standby
    .command('status')
    .description('Show whether the server of this machine is the lab or a standby, of which server, and how far behind it is.')
    .addHelpText('after', '\nExamples:\n  rhizo standby status\n  rhizo standby status --json')
    .action(
      action(async (session) => {
        const [{ loadSettings }, { readStandbyRecord }, { askStanding }] = await Promise.all([
          import('../../src/settings/settings.ts'),
          import('../../src/standby/standby-record.ts'),
          import('../../src/standby/lab-link.ts'),
        ])
        const settings = loadSettings()
        const record = readStandbyRecord(settings.file)
        const [own, other] = await Promise.all([
          askStanding(localUrl(settings), PATIENCE_MS),
          record?.server === undefined ? undefined : askStanding(record.server, PATIENCE_MS),
        ])
        const status = {
          role: record?.role ?? 'lab',
          epoch: own?.epoch ?? record?.epoch ?? 0,
          lab: own?.lab ?? record?.lab ?? null,
          is_running: own !== undefined,
          other: record?.successor?.url ?? record?.server ?? null,
          other_answers: record?.server === undefined ? null : other !== undefined,
          behind_s: own?.behind ?? null,
          point: own?.point ?? record?.point ?? null,
        }
        await session.out.show(
          status,
          formatFields([
            ['role', status.role],
            ['take-overs', String(status.epoch)],
            ['serves here', status.is_running ? 'yes' : 'no'],
            ...(status.other === null ? [] : ([['other server', status.other]] as [string, string][])),
            ...(status.other_answers === null ? [] : ([['it answers', status.other_answers ? 'yes' : 'no']] as [string, string][])),
            ...(status.behind_s === null ? [] : ([['behind', `${status.behind_s.toFixed(1)} s`]] as [string, string][])),
            ...(status.point === null ? [] : ([['all until', status.point]] as [string, string][])),
          ]),
        )
      }),
    )
}
