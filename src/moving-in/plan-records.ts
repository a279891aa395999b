/** Plans what becomes of the original's records about resources: views, states of controllers, small pictures, outgoing messages. */
import type { Insertable } from 'kysely'
import type { ControllerStatusTable, OutgoingMessageTable, ResourceViewTable, ThumbnailTable } from '../database/schema.ts'
import { jsonObjectOr } from './attributes.ts'
import { bytes, flag, idOf, integer, text, time } from './source.ts'
import type { TableReader } from './table-reader.ts'

const OF_NOTHING = 'is of a resource that does not come along'

/** The last of a user and a resource counts. */
export async function planViews(tables: TableReader): Promise<Insertable<ResourceViewTable>[]> {
  const views = new Map<string, Insertable<ResourceViewTable>>()
  await tables.plan('resource_views', (row) => {
    const [resource, user] = [tables.resource(row, 'resource_id'), tables.user(row, 'user_id')]
    const view = jsonObjectOr(row, 'view', '')
    if (resource === undefined || user === undefined)
      return tables.leave('view', row, 'is of a user or a resource that does not come along')
    if (view === '') return tables.leave('view', row, 'is no JSON object')
    views.set(`${resource} ${user}`, { resource_id: resource, user_id: user, view })
    return undefined
  })
  return [...views.values()]
}

export const planStatuses = (tables: TableReader): Promise<Insertable<ControllerStatusTable>[]> =>
  tables.plan('controller_status', (row): Insertable<ControllerStatusTable> | undefined => {
    const id = tables.resource(row, 'id')
    if (id === undefined) return tables.leave('state of controller', row, OF_NOTHING)
    return {
      id,
      client_version: text(row, 'client_version') ?? '',
      web_socket_connected: 0,
      last_connect_timestamp: tables.seen('state of controller', row, 'last_connect_timestamp'),
      last_message_timestamp: time(row, 'last_watchdog_timestamp') ?? null,
      last_watchdog_timestamp: tables.seen('state of controller', row, 'last_watchdog_timestamp'),
      watchdog_notification_sent: flag(row, 'watchdog_notification_sent') ? 1 : 0,
      attributes: jsonObjectOr(row, 'attributes', '{}'),
    }
  })

export async function planThumbnails(tables: TableReader): Promise<Insertable<ThumbnailTable>[]> {
  const pictures = new Map<string, Insertable<ThumbnailTable>>()
  await tables.plan('thumbnails', (row) => {
    const resource = tables.resource(row, 'resource_id')
    const [width, height, data] = [integer(row, 'width'), integer(row, 'height'), bytes(row, 'data')]
    if (resource === undefined) return tables.leave('small picture', row, OF_NOTHING)
    if (width === undefined || height === undefined || !data) return tables.leave('small picture', row, 'has no content')
    const revision = tables.resources.get(resource)?.row.last_revision_id ?? 0
    const format = text(row, 'format') ?? 'jpg'
    pictures.set(`${resource} ${width}`, { resource_id: resource, revision_id: revision, width, height, format, data })
    return undefined
  })
  return [...pictures.values()]
}

/** As a record: the original does not say whether they arrived, and keeps no text of mails. */
export const planMessages = (tables: TableReader): Promise<Insertable<OutgoingMessageTable>[]> =>
  tables.plan('outgoing_messages', (row) => {
    const [recipients, message] = [text(row, 'recipients') ?? '', text(row, 'message') ?? '']
    const isMail = recipients.includes('@')
    return {
      id: idOf(row),
      controller_id: tables.resource(row, 'controller_id') ?? null,
      user_id: tables.user(row, 'user_id') ?? null,
      kind: isMail ? 'email' : 'text',
      recipients: JSON.stringify([recipients]),
      subject: isMail ? message : '',
      body: isMail ? '' : message,
      data: null,
      secret: 0 as const,
      state: 'held',
      attempts: 0,
      interrupted: 0 as const,
      creation_timestamp: tables.created('outgoing message', row, 'timestamp'),
      next_attempt_timestamp: null,
      sent_timestamp: null,
      results: '{}',
      error: 'A record of the server that this lab came from, which did not note whether it arrived.',
    }
  })
