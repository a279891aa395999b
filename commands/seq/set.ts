/** `rhizo seq set`: changes the settings of one or several sequences. */
import { invalid } from '../../src/base/fault.ts'
import { DURATION_FORMS, durationOption } from '../support/duration-option.ts'
import { action, optionalCount, requireNumber, requirePath, type CommandGroup } from '../support/session.ts'

export function define(seq: CommandGroup): void {
  seq
    .command('set')
    .description('Change the settings of sequences; those that are not given stay. A shorter history removes what is older, for good.')
    .argument('<path...>', 'one or several sequences')
    .option('--units <units>', "such as 'C' or 'kWh'; '' for none")
    .option('--decimals <n>', 'digits after the point that are shown')
    .option('--max-history <n>', 'values kept, the oldest go first')
    .option('--max-age <duration>', 'how old values may become; older ones are removed (0: kept for ever)')
    .option('--min-storage-interval <seconds>', 'store a new value only when the last stored one is as old; 0 stores all')
    .option('--label <text>', 'what people call it; empty for none, as for the next three')
    .option('--description <text>', 'what it measures, and how')
    .option('--place <text>', 'where it is')
    .option('--serial-number <text>', 'of the sensor')
    .addHelpText(
      'after',
      `\nDURATION is ${DURATION_FORMS}.\n\nExamples:\n  rhizo seq set /greenhouse/north/temperature --max-age 2y\n` +
        '  rhizo seq set /greenhouse/north/pressure --units hPa --decimals 1 --max-age 0\n' +
        '  rhizo seq set /greenhouse/north/temperature /greenhouse/south/temperature --units C --decimals 1 --place "Hall 3"',
    )
    .action(
      action(async (session, given, options) => {
        const { units, decimals, maxHistory, maxAge, minStorageInterval, label, description, place, serialNumber } = options
        const labels = { label, description, place, serial_number: serialNumber }
        const attributes = {
          ...Object.fromEntries(Object.entries(labels).filter(([, text]) => text !== undefined)),
          ...(units === undefined ? {} : { units: units === '' ? null : units }),
          ...(decimals === undefined ? {} : { decimal_places: optionalCount(decimals, '--decimals') }),
          ...(maxHistory === undefined ? {} : { max_history: optionalCount(maxHistory, '--max-history', 1) }),
          ...(maxAge === undefined ? {} : { max_age: durationOption(maxAge, '--max-age') === 0 ? null : maxAge }),
          ...(minStorageInterval === undefined
            ? {}
            : { min_storage_interval: requireNumber(minStorageInterval, '--min-storage-interval', { least: 0 }) }),
        }
        if (Object.keys(attributes).length === 0) throw invalid('Give an option: what to change.')
        const client = await session.client()
        const paths = [...new Set(given.map((one) => requirePath(one)))]
        // One that is none, or not there, is found before any is changed.
        for (const path of paths) await client.sequences.info(path)
        for (const path of paths) await client.resources.update(path, { system_attributes: attributes })
        await session.out.done(paths.length === 1 ? { path: paths[0] ?? '' } : { paths })
      }),
    )
}
