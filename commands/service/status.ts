/** `rhizo service status`: what systemd says of the service. */
import { notFound } from '../../src/base/fault.ts'
import { PartlyFailed } from '../support/exit-code.ts'
import { formatFields, formatSize } from '../support/output.ts'
import { action, type CommandGroup } from '../support/session.ts'
import { must, requireName, requireSystemd, SERVICE } from './systemd.ts'

const PROPERTIES = [
  'LoadState',
  'ActiveState',
  'SubState',
  'UnitFileState',
  'FragmentPath',
  'MainPID',
  'NRestarts',
  'MemoryCurrent',
  'ActiveEnterTimestamp',
  'Result',
]

export function define(service: CommandGroup): void {
  service
    .command('status')
    .description('Show whether the service runs, since when, and how often it was started again; ends with 1 when it does not run.')
    .option('--name <name>', 'what systemd calls it', SERVICE)
    .addHelpText('after', '\nExamples:\n  rhizo service status\n  rhizo service status --json')
    .action(
      action(async (session, { name }) => {
        requireSystemd()
        const said = must('systemctl', 'show', requireName(name), `--property=${PROPERTIES.join(',')}`)
        const told = new Map([...said.matchAll(/^(\w+)=(.*)$/gm)].map(([, key = '', value = '']) => [key, value]))
        if (told.get('LoadState') === 'not-found') throw notFound(`There is no service ${name}: "rhizo service install" makes one.`)
        const status = {
          name,
          state: told.get('ActiveState') ?? 'unknown',
          detail: told.get('SubState') || null,
          is_enabled: told.get('UnitFileState') === 'enabled',
          unit_file: told.get('FragmentPath') || null,
          pid: countOf(told.get('MainPID')) || null,
          restarts: countOf(told.get('NRestarts')) ?? 0,
          memory_bytes: countOf(told.get('MemoryCurrent')) ?? null,
          since: told.get('ActiveEnterTimestamp') || null,
          result: told.get('Result') || null,
        }
        await session.out.show(
          status,
          formatFields([
            ['service', name],
            ['state', status.detail === null ? status.state : `${status.state} (${status.detail})`],
            ['starts with this machine', status.is_enabled ? 'yes' : 'no'],
            ...(status.since === null ? [] : ([['since', status.since]] as const)),
            ...(status.pid === null ? [] : ([['process', String(status.pid)]] as const)),
            ['started again', `${status.restarts} times`],
            ...(status.memory_bytes === null ? [] : ([['memory', formatSize(status.memory_bytes)]] as const)),
            ...(status.result === null || status.result === 'success' ? [] : ([['last result', status.result]] as const)),
          ]),
        )
        if (status.state !== 'active') throw new PartlyFailed()
      }),
    )
}

/** systemd says `[not set]`, or the largest number there is, for what it does not know. */
function countOf(text: string | undefined): number | undefined {
  const count = Number(text)
  return text !== undefined && /^\d+$/.test(text) && Number.isSafeInteger(count) ? count : undefined
}
