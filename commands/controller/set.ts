/** `rhizo controller set`: changes what is said of one or several controllers. */
import { invalid } from '../../src/base/fault.ts'
import { RESOURCE_TYPES } from '../../src/wire/resource-types.ts'
import { action, requirePath, type CommandGroup } from '../support/session.ts'

export function define(controller: CommandGroup): void {
  controller
    .command('set')
    .description('Change what is said of controllers: the options that are given; the others stay. An empty text is none.')
    .argument('<path...>', 'one or several controllers')
    .option('--label <text>', 'what people call it')
    .option('--description <text>', 'what it is, and what it does')
    .option('--place <text>', 'where it is')
    .option('--serial-number <text>', 'of the device')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo controller set /greenhouse/north --label "North house"\n' +
        '  rhizo controller set /greenhouse/north /greenhouse/south --place "Field 4" --description "Raspberry Pi 4"',
    )
    .action(
      action(async (session, given, options) => {
        const { label, description, place, serialNumber } = options
        const attributes = Object.fromEntries(
          Object.entries({ label, description, place, serial_number: serialNumber }).filter(([, text]) => text !== undefined),
        )
        if (Object.keys(attributes).length === 0) throw invalid('Give an option: what to change.')
        const client = await session.client()
        const paths = [...new Set(given.map((one) => requirePath(one)))]
        // One that is none, or not there, is found before any is changed.
        for (const path of paths)
          if ((await client.resources.info(path)).type !== RESOURCE_TYPES.controller_folder)
            throw invalid(`${path} is not a controller. “rhizo controller ls” lists them; settings of sequences: “rhizo seq set”.`)
        for (const path of paths) await client.resources.update(path, { system_attributes: attributes })
        await session.out.done(paths.length === 1 ? { path: paths[0] ?? '' } : { paths })
      }),
    )
}
