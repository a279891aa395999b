/** `rhizo import thingsboard`: telemetry of ThingsBoard. */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { foreignCommand, importForeign } from '../support/foreign-import.ts'
import { action, type CommandGroup } from '../support/session.ts'

export function define(group: CommandGroup): void {
  foreignCommand(
    group,
    'thingsboard',
    'Bring telemetry of ThingsBoard over: what its REST call values/timeseries answers (JSON), or a table that a widget exported (CSV).',
  )
    .argument('<file>', 'JSON or CSV')
    .addHelpText('after', '\nExamples:\n  rhizo import thingsboard telemetry.json --into /lab/fridge --create')
    .action(
      action(async (session, file, options) => {
        const [{ isTelemetry, readThingsboard }, { LeftOut, toTable }] = await Promise.all([
          import('../../src/foreign/thingsboard.ts'),
          import('../../src/foreign/foreign-values.ts'),
        ])
        if (!isTelemetry(await beginningOf(file))) return importForeign(session, file, createReadStream(file), undefined, options)
        const leftOut = new LeftOut()
        return importForeign(session, file, toTable(readThingsboard(file, leftOut)), 'series', options, () => leftOut.tell())
      }),
    )
}

async function beginningOf(file: string): Promise<string> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(100), 0, 100, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await handle.close()
  }
}
