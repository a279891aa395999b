/** The resources that every controller's folder has from the start. Source: protocol, section 4. */
import type { Context } from '../context.ts'
import type { ResourceRow, Tx } from '../database/schema.ts'
import { insertResource } from '../tree/resource-records.ts'
import { BASIC_FOLDER, NUMERIC, SEQUENCE, TEXT, type DataType } from '../wire/resource-types.ts'

/** How many values each of these sequences keeps. */
const MAX_HISTORY = 10_000

const statusSequences: readonly { name: string; units?: string }[] = [
  { name: 'free_disk_space', units: 'bytes' },
  { name: 'processor_usage', units: 'percent' },
  { name: 'messages_sent' },
  { name: 'messages_received' },
  { name: 'serial_errors' },
]

/** Inserts a controller's status record, its log and its status sequences. @returns the rows to add to the tree after the commit */
export async function insertControllerParts(ctx: Context, tx: Tx, controller: ResourceRow): Promise<ResourceRow[]> {
  await tx
    .insertInto('controller_status')
    .values({
      id: controller.id,
      client_version: '',
      web_socket_connected: 0,
      last_connect_timestamp: null,
      last_watchdog_timestamp: null,
      watchdog_notification_sent: 0,
      attributes: '{}',
    })
    .execute()
  const organizationId = controller.organization_id ?? controller.id
  const parent = { id: controller.id, organizationId }
  const log = await insertResource(ctx, tx, { parent, name: 'log', type: SEQUENCE, systemAttributes: attributesOf(TEXT) })
  const folder = await insertResource(ctx, tx, { parent, name: 'status', type: BASIC_FOLDER })
  const rows = [log, folder]
  for (const { name, units } of statusSequences) {
    rows.push(
      await insertResource(ctx, tx, {
        parent: { id: folder.id, organizationId },
        name,
        type: SEQUENCE,
        systemAttributes: attributesOf(NUMERIC, units),
      }),
    )
  }
  return rows
}

const attributesOf = (dataType: DataType, units?: string): Record<string, unknown> => ({
  data_type: dataType,
  max_history: MAX_HISTORY,
  ...(units === undefined ? {} : { units }),
})
