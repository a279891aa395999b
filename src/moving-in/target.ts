/** The new database, into which a lab moves: empty, or left by an import that did not come to its end. */
import type { Insertable } from 'kysely'
import { LAB_ID } from '../attributes/lab-id.ts'
import { conflict } from '../base/fault.ts'
import { changeJson } from '../database/json-columns.ts'
import type { Schema, Tx } from '../database/schema.ts'
import { transact } from '../database/transact.ts'
import type { Engine } from '../engine.ts'
import { parseAttributes } from '../attributes/resource-attributes.ts'
import { SEQUENCE, SYSTEM_FOLDER, TEXT, dataTypeNumber } from '../wire/resource-types.ts'
import type { Plan } from './plan.ts'
import type { PlannedResource } from './plan-resources.ts'

/** Rows in one statement: SQLite takes some 32,000 values. */
const ROWS_AT_ONCE = 500

/** What is in the database that no server makes for itself, in words; undefined: somebody may move in. */
export async function findInhabitant({ database }: Engine): Promise<string | undefined> {
  const user = await database.selectFrom('users').select('email_address').limit(1).executeTakeFirst()
  if (user) return `a user (${user.email_address})`
  const folders = database.selectFrom('resources').select('name').where('parent_id', 'is', null).where('name', '!=', SYSTEM_FOLDER)
  const folder = await folders.limit(1).executeTakeFirst()
  return folder && `a folder /${folder.name}`
}

/** @throws Fault conflict when people or organizations are there */
export async function requireEmpty(engine: Engine): Promise<void> {
  const found = await findInhabitant(engine)
  if (found !== undefined)
    throw conflict(
      `The database ${engine.name} has ${found} already. A lab moves into a new one: name another with DATABASE_URI in the settings, or ` +
        'move this file away.',
    )
}

/** Writes all rows in one transaction, so that an interrupted import has all of them or none. */
export async function writeRows(engine: Engine, plan: Plan): Promise<void> {
  const old = await engine.database.selectFrom('resources').select(['id', 'type', 'name', 'parent_id', 'system_attributes']).execute()
  for (const { id, type, system_attributes: attributes } of old)
    if (type === SEQUENCE)
      await engine.sequences.delete({ id, isText: dataTypeNumber(parseAttributes(attributes)['data_type']) === TEXT }, {})
  const system = old.find(({ name, parent_id: parent }) => name === SYSTEM_FOLDER && parent === null)
  const lab = system && parseAttributes(system.system_attributes)[LAB_ID]
  await transact({ engine }, async (tx) => {
    await tx.deleteFrom('resources').execute()
    await insert(tx, 'users', plan.users)
    await insert(
      tx,
      'resources',
      plan.resources.map(({ row }) => row),
    )
    await insert(tx, 'organization_users', plan.members)
    await insert(tx, 'keys', plan.keys)
    await insert(tx, 'resource_views', plan.views)
    await insert(tx, 'controller_status', plan.statuses)
    await insert(tx, 'outgoing_messages', plan.messages)
    await insert(tx, 'account_requests', plan.requests)
    for (const thumbnail of plan.thumbnails) await insert(tx, 'thumbnails', [thumbnail])
    // The settings and the storage folder know this database by its id.
    const moved = plan.resources.find(isSystemFolder)
    if (moved && typeof lab === 'string')
      await changeJson(tx, 'resources.system_attributes', moved.id, (now) => JSON.stringify({ ...now, [LAB_ID]: lab }))
  })
}

const isSystemFolder = ({ parent, row }: PlannedResource): boolean =>
  parent === undefined && row.name === SYSTEM_FOLDER && row.deleted === 0

async function insert<T extends keyof Schema>(tx: Tx, table: T, rows: readonly Insertable<Schema[T]>[]): Promise<void> {
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE)
    await tx
      .insertInto(table)
      .values(rows.slice(at, at + ROWS_AT_ONCE))
      .execute()
}
