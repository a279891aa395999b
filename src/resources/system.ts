/** What every server has: the organization `/system`, whose admins are the system's own, with a page that greets people. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { insertOrganization } from './organizations.ts'
import { createResource } from './creation.ts'
import { FILE, SYSTEM_FOLDER } from '../wire/resource-types.ts'
import { changeTree } from '../tree/tree-changes.ts'
import { transact } from '../database/transact.ts'
import { parseAttributes } from '../attributes/resource-attributes.ts'
import { LAB_ID } from '../attributes/lab-id.ts'
import { randomUUID } from 'node:crypto'

/** The server itself, where it does what nobody asked for. */
export const serverActor: Actor = { kind: 'user', userId: 0, isSystemAdmin: true }

const HOME = `# Welcome

This server keeps what the controllers of your lab measure: values over time, files, images and messages.

- **Your data** lies in the folder of your organization, with a folder for each controller.
- **A new controller** gets its folder and key with \`rhizo controller create\` and \`rhizo key create --controller\`.
- **The API** is described at [/api/v1/docs](/api/v1/docs).

System admins can replace this page: it is the file \`/system/home.md\`.
`

/** Makes what is missing at the first start. The page is not made again once somebody deleted it. */
export async function ensureSystemResources(ctx: Context): Promise<void> {
  if (ctx.tree.descend([SYSTEM_FOLDER])) return
  await changeTree(ctx, async (tx) => {
    const row = await insertOrganization(ctx, tx, { fullName: 'System', folderName: SYSTEM_FOLDER })
    return () => ctx.tree.add(row)
  })
  await createResource(ctx, serverActor, { folder: `/${SYSTEM_FOLDER}`, name: 'home.md', type: FILE, content: Buffer.from(HOME) })
}

/**
 * The id of the lab that the database is of: made once, the same in all copies of the database. What lies outside of the database,
 * such as a storage folder, says by it whose it is.
 */
export function ensureLabId(ctx: Context): Promise<string> {
  return transact(ctx, async (tx) => {
    const row = await tx
      .selectFrom('resources')
      .select(['id', 'system_attributes'])
      .where('parent_id', 'is', null)
      .where('name', '=', SYSTEM_FOLDER)
      .where('deleted', '=', 0)
      .executeTakeFirstOrThrow()
    const attributes = parseAttributes(row.system_attributes)
    const present = attributes[LAB_ID]
    if (typeof present === 'string') return present
    const id = randomUUID()
    await tx
      .updateTable('resources')
      .set({ system_attributes: JSON.stringify({ ...attributes, [LAB_ID]: id }) })
      .where('id', '=', row.id)
      .execute()
    return id
  })
}
