/** `rhizo seq info`: shows what a sequence contains, and how much space it takes. */
import type { SequenceReport } from '../../src/wire/answers.ts'
import { formatFields, formatSize } from '../support/output.ts'
import { action, requirePath, type CommandGroup } from '../support/session.ts'

export function define(seq: CommandGroup): void {
  seq
    .command('info')
    .description(
      'Show what a sequence holds and takes up: how many values, of which times, in how many blocks and bytes, and how long it keeps them.',
    )
    .argument('<path>', 'a sequence')
    .addHelpText('after', '\nExamples:\n  rhizo seq info /greenhouse/north/temperature\n  rhizo seq info /greenhouse/north/camera --json')
    .action(
      action(async (session, given) => {
        const report = await (await session.client()).sequences.report(requirePath(given))
        await session.out.show(report, describe(report))
      }),
    )
}

function describe(report: SequenceReport): string {
  const isKeptByNumber = report.max_history < 1_000_000_000
  const fields: [name: string, value: string | null][] = [
    ['path', report.path],
    ['type', report.data_type],
    ['units', report.units],
    ['values', report.values.toLocaleString('en')],
    ['first', report.first_timestamp],
    ['last', report.last_timestamp],
    ['not yet packed', report.unsealed === null ? null : report.unsealed.toLocaleString('en')],
    ['blocks', report.blocks === null ? null : report.blocks.toLocaleString('en')],
    ['size', formatSize(report.bytes)],
    ['bytes a value', report.bytes_per_value === null ? null : report.bytes_per_value.toPrecision(3)],
    [
      'keeps',
      [
        isKeptByNumber ? `the newest ${report.max_history.toLocaleString('en')} values` : 'all values',
        report.max_age === null ? 'for ever' : `for ${report.max_age}`,
      ].join(', '),
    ],
    [
      'stores',
      report.min_storage_interval === 0
        ? 'every value'
        : `STORES A VALUE EVERY ${report.min_storage_interval} s AT MOST: others are shown and not kept ` +
          `(rhizo seq set ${report.path} --min-storage-interval 0 stores each one)`,
    ],
  ]
  return formatFields(fields.filter((field): field is [string, string] => field[1] !== null))
}
