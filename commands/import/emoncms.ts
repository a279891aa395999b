/** `rhizo import emoncms`: feeds of emoncms. */
import { foreignCommand, importForeign } from '../support/foreign-import.ts'
import { action, type CommandGroup } from '../support/session.ts'

export function define(group: CommandGroup): void {
  foreignCommand(group, 'emoncms', 'Bring feeds of emoncms over, from the files of its engines PHPFina and PHPTimeSeries.')
    .argument('<place>', 'the folder phpfina or phptimeseries, or one file of it: ID.meta or feed_ID.MYD')
    .option('--feeds <file>', 'what feed/list.json of emoncms answers, for the names of feeds; they are feed-ID otherwise')
    .addHelpText('after', '\nExamples:\n  rhizo import emoncms /var/opt/emoncms/phpfina --feeds list.json --into /house --create')
    .action(
      action(async (session, place, options) => {
        const [{ readEmoncms }, { toTable }] = await Promise.all([
          import('../../src/foreign/emoncms.ts'),
          import('../../src/foreign/foreign-values.ts'),
        ])
        await importForeign(session, place, toTable(readEmoncms(place, options.feeds)), 'series', options)
      }),
    )
}
