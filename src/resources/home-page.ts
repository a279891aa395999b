/** The first page that people see: the server's greeting, and folders that they may read. */
import type { Actor } from '../tree/actor.ts'
import { isSystemAdmin } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { conflict, forbidden } from '../base/fault.ts'
import { canRead } from '../tree/permissions.ts'
import { createResource } from './creation.ts'
import { FILE, SYSTEM_FOLDER } from '../wire/resource-types.ts'
import { serverActor } from './system.ts'
import { readText } from './text-content.ts'
import { isFolder, type Resource } from '../tree/tree.ts'

const NAME = 'home.md'
/** The file with the greeting. */
export const HOME_PATH = `/${SYSTEM_FOLDER}/${NAME}`
/** How many bytes of it are shown. */
const MAX_TEXT = 200_000

/**
 * The greeting in Markdown; undefined when there is none, or it is not text. Everyone with an account may read it, whatever the permissions
 * of /system say; others only if these permit it.
 */
export async function readHomeText(ctx: Context, actor: Actor): Promise<string | undefined> {
  const file = ctx.tree.descend([SYSTEM_FOLDER, NAME])
  if (file?.type !== FILE) return undefined
  if (actor.kind !== 'user' && !canRead(ctx, actor, file)) return undefined
  const { text } = await readText(ctx, serverActor, file, { limit: MAX_TEXT })
  return text === undefined || text.trim() === '' ? undefined : text.replace(/^\uFEFF/, '')
}

/** Creates the file again after it was deleted. @throws Fault forbidden for all but system admins; conflict when it exists */
export async function createHomeText(ctx: Context, actor: Actor): Promise<void> {
  if (!isSystemAdmin(actor)) throw forbidden(`Only system admins write ${HOME_PATH}.`)
  if (ctx.tree.descend([SYSTEM_FOLDER, NAME])) throw conflict(`${HOME_PATH} is there already.`)
  await createResource(ctx, actor, {
    folder: `/${SYSTEM_FOLDER}`,
    name: NAME,
    type: FILE,
    content: Buffer.from(`# ${ctx.settings.SYSTEM_NAME}\n`),
  })
}

/** Maximum number of folders that are examined, so that an anonymous visit costs little in a large lab. */
const MAX_LOOKED_AT = 5_000
const MAX_DEPTH = 4

/** The topmost folders that the caller may read, for callers who belong to no organization; in the tree's order, at most `limit`. */
export function findReadableFolders(ctx: Context, actor: Actor, limit: number): Resource[] {
  const found: Resource[] = []
  let looked = 0
  const look = (folder: Resource, depth: number): void => {
    if (found.length >= limit || ++looked > MAX_LOOKED_AT) return
    if (canRead(ctx, actor, folder)) found.push(folder)
    else if (depth < MAX_DEPTH) for (const child of folder.children.values()) if (isFolder(child)) look(child, depth + 1)
  }
  for (const root of ctx.tree.roots) if (isFolder(root)) look(root, 1)
  return found
}
