/** `rhizo import home-assistant`: the recorder of Home Assistant. */
import { foreignCommand, importForeign } from '../support/foreign-import.ts'
import { action, type CommandGroup } from '../support/session.ts'

export function define(group: CommandGroup): void {
  foreignCommand(
    group,
    'home-assistant',
    "Bring states and long-term statistics of Home Assistant's recorder over, from its SQLite file. On and off are 1 and 0; other states " +
      'that are no numbers are left out and told.',
  )
    .argument('<file>', 'home-assistant_v2.db')
    .addHelpText('after', '\nExamples:\n  rhizo import home-assistant home-assistant_v2.db --into /home --create --dry-run')
    .action(
      action(async (session, file, options) => {
        const [{ readHomeAssistant }, { LeftOut, toTable }] = await Promise.all([
          import('../../src/foreign/home-assistant.ts'),
          import('../../src/foreign/foreign-values.ts'),
        ])
        const leftOut = new LeftOut()
        await importForeign(session, file, toTable(readHomeAssistant(file, leftOut)), 'series', options, () => leftOut.tell())
      }),
    )
}
