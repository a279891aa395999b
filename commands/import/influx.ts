/** `rhizo import influx`: an export of InfluxDB in line protocol. */
import { foreignCommand, importForeign } from '../support/foreign-import.ts'
import { withFile } from '../support/import-file.ts'
import { action, type CommandGroup } from '../support/session.ts'

export function define(group: CommandGroup): void {
  foreignCommand(
    group,
    'influx',
    'Bring an export of InfluxDB over: line protocol, as "influxd inspect export-lp" or "influx_inspect export" writes it, also ' +
      'compressed.',
  )
    .argument('<file>', 'the export; - is stdin')
    .addHelpText('after', '\nExamples:\n  rhizo import influx export.lp.gz --into /lab/old --create --dry-run')
    .action(
      action(async (session, file, options) => {
        const { readInflux } = await import('../../src/foreign/influx.ts')
        return withFile(file, (path) => importForeign(session, path, readInflux(path), 'line-protocol', options))
      }),
    )
}
