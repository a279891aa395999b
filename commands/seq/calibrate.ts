/** `rhizo seq calibrate`, `uncalibrate` and `calibrations`: how values are to be read. */
import { invalid } from '../../src/base/fault.ts'
import type { CalibrationInfo } from '../../src/wire/answers.ts'
import { action, requireNumber, requirePath, type CommandGroup } from '../support/session.ts'
import { optionalTime, TIME_FORMS } from '../support/time-option.ts'

export function define(seq: CommandGroup): void {
  seq
    .command('calibrate')
    .description(
      'Have values be read otherwise from a time on, until the next calibration: scaled and moved, or by a table. What is stored stays. ' +
        'Prints the id of the calibration.',
    )
    .argument('<path>', 'a numeric sequence')
    .option('--start <time>', 'from this time on; now unless given')
    .option('--scale <factor>', 'what is read is value times this, plus the offset; 1 unless given')
    .option('--offset <number>', '0 unless given')
    .option('--points <raw:right...>', 'in place of both: what the sensor said and what was right, at least twice')
    .option('--note <text>', 'why')
    .addHelpText(
      'after',
      `\nTIME is ${TIME_FORMS}.\n"rhizo seq get --raw" reads what is stored.\n\nExamples:\n` +
        '  rhizo seq calibrate /lab/freezer/temperature --offset -0.4 --start 2026-01-31 --note "against the reference"\n' +
        '  rhizo seq calibrate /lab/bath/ph --points 4.1:4.01 7.2:7.00 10.2:10.01',
    )
    .action(
      action(async (session, given, options) => {
        const numberOf = (text: string | undefined, option: string): number | undefined =>
          text === undefined ? undefined : requireNumber(text, option)
        const client = await session.client()
        const made = await client.corrections.calibrate(requirePath(given), {
          start: optionalTime(options.start, '--start'),
          scale: numberOf(options.scale, '--scale'),
          offset: numberOf(options.offset, '--offset'),
          points: options.points?.map(pointOf),
          note: options.note,
        })
        await session.out.show(made, String(made.id))
      }),
    )
  seq
    .command('uncalibrate')
    .description('Remove a calibration: values read as by the one before it, or as they are stored.')
    .argument('<path>', 'a numeric sequence')
    .argument('<id>', 'its number, as "rhizo seq calibrations" shows it')
    .addHelpText('after', '\nExamples:\n  rhizo seq uncalibrate /lab/freezer/temperature 2')
    .action(
      action(async (session, given, id) => {
        const client = await session.client()
        await session.out.done(await client.corrections.uncalibrate(requirePath(given), requireNumber(id, 'ID', { least: 1, whole: true })))
      }),
    )
  seq
    .command('calibrations')
    .description('List the calibrations of a sequence, the latest first.')
    .argument('<path>', 'a numeric sequence')
    .addHelpText('after', '\nExamples:\n  rhizo seq calibrations /lab/freezer/temperature --json')
    .action(
      action(async (session, given) => {
        const client = await session.client()
        await session.out.list(await client.corrections.calibrations(requirePath(given)), [
          { title: 'ID', value: ({ id }) => id, align: 'right' },
          { title: 'FROM', value: (one) => one.start_timestamp },
          { title: 'READS', value: readsOf },
          { title: 'BY', value: ({ by }) => by },
          { title: 'NOTE', value: ({ note }) => note },
        ])
      }),
    )
}

function pointOf(text: string): [number, number] {
  const [raw, right, ...rest] = text.split(':')
  if (right === undefined || rest.length > 0) throw invalid(`--points has ${JSON.stringify(text)}: write RAW:RIGHT, such as 4.1:4.01.`)
  return [requireNumber(raw ?? '', '--points'), requireNumber(right, '--points')]
}

const readsOf = ({ scale, offset, points }: CalibrationInfo): string =>
  points ? points.map(([raw, right]) => `${raw}:${right}`).join(' ') : `value × ${scale} ${offset < 0 ? '−' : '+'} ${Math.abs(offset)}`
