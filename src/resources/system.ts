/** What every server has: the organization `/system`, whose admins are the system admins, with a page that greets people. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { insertOrganization } from './organizations.ts'
import { createResource } from './creation.ts'
import { FILE, SYSTEM_FOLDER } from '../wire/resource-types.ts'
import { changeTree } from '../tree/tree-changes.ts'

/** The server itself, for actions without a request. */
export const serverActor: Actor = { kind: 'user', userId: 0, isSystemAdmin: true }

const HOME = `# Welcome

This server keeps what the controllers of your lab measure: values over time, files, images and messages.

- **Your data** lies in the folder of your organization, with a folder for each controller.
- **A new controller** gets its folder and key, and the lines to paste, on the page [Connect a controller](/-/connect).
- **The API** is described at [/api/v1/docs](/api/v1/docs).

System admins can replace this page: it is the file \`/system/home.md\`.
`

/** Creates what is missing at the first start. The page is not created again after it was deleted. */
export async function ensureSystemResources(ctx: Context): Promise<void> {
  if (ctx.tree.descend([SYSTEM_FOLDER])) return
  await changeTree(ctx, async (tx) => {
    const row = await insertOrganization(ctx, tx, { fullName: 'System', folderName: SYSTEM_FOLDER })
    return () => ctx.tree.add(row)
  })
  await createResource(ctx, serverActor, { folder: `/${SYSTEM_FOLDER}`, name: 'home.md', type: FILE, content: Buffer.from(HOME) })
}
