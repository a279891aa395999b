/** What the pictures show: the demo's records, with some more life around them. */
import { readRecord, RECORD_TABLES } from '../../commands/demo/record.ts'
import { Client } from '../../src/client/client.ts'
import { formatTimestamp } from '../../src/base/time.ts'
import type { Lab } from '../support/lab.ts'

/** Two controllers with real records, the newest value of each a moment ago. */
export async function fillLab(lab: Lab): Promise<void> {
  const client = new Client({ server: lab.url, key: lab.key })
  const now = lab.ctx.clock.now()
  for (const table of RECORD_TABLES) {
    const controller = await lab.controller(table.controller)
    for (const { name, units, decimals } of table.sequences)
      await lab.sequence(`${controller.path}/${name}`, 1, { units, decimal_places: decimals })
    const rows = await readRecord(table)
    const shift = now - (rows.at(-1)?.time ?? now)
    const values = rows.flatMap((row) =>
      [...row.values].map(([name, value]) => ({ path: `${controller.path}/${name}`, timestamp: formatTimestamp(row.time + shift), value })),
    )
    await client.sequences.append(values)
  }
  client.close()
}
