/** `rhizo import thingsboard`: telemetry of ThingsBoard. */
import { openFile, streamFile } from '../../src/base/regular-files.ts'
import { foreignCommand, importForeign } from '../support/foreign-import.ts'
import { withFile } from '../support/import-file.ts'
import { action, type CommandGroup } from '../support/session.ts'

export function define(group: CommandGroup): void {
  foreignCommand(
    group,
    'thingsboard',
    'Bring telemetry of ThingsBoard over: what its REST call values/timeseries answers (JSON), or a table that a widget exported (CSV).',
  )
    .argument('<file>', 'JSON or CSV; - is stdin')
    .addHelpText('after', '\nExamples:\n  rhizo import thingsboard telemetry.json --into /lab/fridge --create')
    .action(
      action(async (session, file, options) => {
        const [{ isTelemetry, readThingsboard }, { LeftOut, toTable }] = await Promise.all([
          import('../../src/foreign/thingsboard.ts'),
          import('../../src/foreign/foreign-values.ts'),
        ])
        return withFile(file, async (path) => {
          if (!isTelemetry(await beginningOf(path))) return importForeign(session, path, streamFile(path), undefined, options)
          const leftOut = new LeftOut()
          return importForeign(session, path, toTable(readThingsboard(path, leftOut)), 'series', options, () => leftOut.tell())
        })
      }),
    )
}

async function beginningOf(file: string): Promise<string> {
  const handle = await openFile(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(100), 0, 100, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await handle.close()
  }
}
