/** `rhizo seq create`: creates a sequence. */
import { invalid } from '../../src/base/fault.ts'
import { DATA_TYPES, type DataTypeName } from '../../src/wire/resource-types.ts'
import { durationOption } from '../support/duration-option.ts'
import { action, optionalCount, requireNumber, requirePath, type CommandGroup } from '../support/session.ts'

export function define(seq: CommandGroup): void {
  seq
    .command('create')
    .description('Create a sequence, and folders above it where they are missing.')
    .argument('<path>', 'where')
    .option('--type <type>', 'numeric, text or image (JPEG)', 'numeric')
    .option('--units <units>', "such as 'C' or 'kWh'")
    .option('--decimals <n>', 'digits after the point that are shown')
    .option('--max-history <n>', 'values kept, the oldest go first (all; of images 100,000)')
    .option('--max-age <duration>', 'how old values may become; older ones are removed (0: kept for ever)', '0')
    .option('--min-storage-interval <seconds>', 'store a new value only when the last stored one is as old; 0 stores all', '0')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo seq create /greenhouse/north/temperature --units C --decimals 1\n' +
        '  rhizo seq create /greenhouse/north/events --type text\n' +
        '  rhizo seq create /greenhouse/north/pressure --units hPa --max-age 90d',
    )
    .action(
      action(async (session, given, options) => {
        const path = requirePath(given)
        const decimals = optionalCount(options.decimals, '--decimals')
        const maxHistory = optionalCount(options.maxHistory, '--max-history', 1)
        const id = await (await session.client()).sequences.create(path, {
          type: requireType(options.type),
          minStorageInterval: requireNumber(options.minStorageInterval, '--min-storage-interval', { least: 0 }),
          ...(options.units === undefined ? {} : { units: options.units }),
          ...(decimals === undefined ? {} : { decimals }),
          ...(maxHistory === undefined ? {} : { maxHistory }),
          ...(durationOption(options.maxAge, '--max-age') === 0 ? {} : { maxAge: options.maxAge }),
        })
        await session.made({ id, path }, path)
      }),
    )
}

function requireType(type: string): DataTypeName {
  if (type in DATA_TYPES) return type as DataTypeName
  throw invalid(`--type must be numeric, text or image, not ${JSON.stringify(type)}.`)
}
