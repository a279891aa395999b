/** `rhizo controller status`: shows the status of controllers. */
import type { ControllerStatus } from '../../src/client/types.ts'
import { invalid } from '../../src/base/fault.ts'
import { PartlyFailed } from '../support/exit-code.ts'
import { formatFields } from '../support/output.ts'
import type { Output } from '../support/output.ts'
import { action, requirePath, type CommandGroup } from '../support/session.ts'

export function define(controller: CommandGroup): void {
  controller
    .command('status')
    .description(
      'Show how controllers are: connected, last heard of, silent, version, address, clock, messages. The exit code is 1 when ' +
        'one of them is silent for longer than its watchdog or an alert allows.',
    )
    .argument(
      '[path]',
      'a controller, or a folder with controllers; "self" for the one whose key is used; all that you may see unless given',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo controller status\n  rhizo controller status /greenhouse/north\n' +
        '  rhizo controller status /greenhouse > /dev/null || echo "a controller is silent"',
    )
    .action(
      action(async (session, given) => {
        const client = await session.client()
        const path = given === undefined || given === 'self' ? given : requirePath(given)
        const found = await client.controllers.list(path)
        if (path !== undefined && found.length === 0) throw invalid(`${path} is not a controller, and there is none in it.`)
        const single = path !== undefined && (path === 'self' || found[0]?.path === path) ? found[0] : undefined
        if (single) await session.out.show(single, formatFields(fieldsOf(single)))
        else await showTable(session.out, found)
        // The table shows which ones are silent, so only the exit code is left to set.
        if (found.some(({ silent }) => silent === true)) throw new PartlyFailed()
      }),
    )
}

/** The most important state comes first: `silent`. */
export const stateWord = ({ silent, connected, last_heard_timestamp: heard }: ControllerStatus): string =>
  silent === true ? 'SILENT' : connected ? 'connected' : heard === null ? 'never heard' : ''

const showTable = (out: Output, rows: ControllerStatus[]): Promise<void> =>
  out.list(rows, [
    { title: 'PATH', value: (row) => row.path },
    { title: 'STATE', value: stateWord },
    { title: 'LAST HEARD', value: (row) => row.last_heard_timestamp },
    { title: 'WATCHDOG', value: (row) => (row.watchdog_minutes === null ? '' : `${row.watchdog_minutes} min`), align: 'right' },
    { title: 'VERSION', value: (row) => row.client_version },
    { title: 'ADDRESS', value: (row) => row.address },
    { title: 'CLOCK', value: (row) => formatOffset(row.clock_offset), align: 'right' },
    { title: 'RECEIVED', value: (row) => row.messages_received, align: 'right' },
    { title: 'SENT', value: (row) => row.messages_sent, align: 'right' },
  ])

function fieldsOf(status: ControllerStatus): [string, string][] {
  const { timestamp_correction: _shownAsClock, ...reported } = status.status
  return [
    ['state', status.silent === true ? 'SILENT' : status.connected ? 'connected' : 'not connected'],
    ['last heard', status.last_heard_timestamp ?? 'never'],
    ['last connected', status.last_connect_timestamp ?? 'never'],
    ['last watchdog', status.last_watchdog_timestamp ?? 'never'],
    [
      'watched',
      status.silent === null
        ? 'no'
        : status.watchdog_minutes === null
          ? 'by an alert'
          : `silence of more than ${status.watchdog_minutes} min is told`,
    ],
    ['version', status.client_version ?? ''],
    ['address', status.address ?? ''],
    ['clock', status.clock_offset === null ? '' : `${formatOffset(status.clock_offset)} is added to its times`],
    ...status.clock_corrections.map(({ since, seconds }): [string, string] => [
      'clock corrected',
      `${formatOffset(seconds)} added since ${since}; undo it with: rhizo controller clock ${status.path} --undo ${since}`,
    ]),
    ...(status.refused_values?.names ?? []).map(({ path, count, message, last_timestamp: last }): [string, string] => [
      'not stored',
      `${count} for ${path}, the last at ${last}: ${message}`,
    ]),
    ['messages', `${status.messages_received} from it, ${status.messages_sent} to it`],
    ...Object.entries(reported).map(([name, value]): [string, string] => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  ]
}

const formatOffset = (seconds: number | null): string =>
  seconds === null ? '' : `${seconds < 0 ? '' : '+'}${Math.round(seconds * 10) / 10} s`
