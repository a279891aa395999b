/** What somebody sees first: the server's greeting, and where they may look. */
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
/** The file that greets people. */
export const HOME_PATH = `/${SYSTEM_FOLDER}/${NAME}`
/** Bytes of it that are shown. */
const MAX_TEXT = 200_000

/**
 * The greeting in Markdown; undefined when there is none, or it is no text. Everybody with an account may see it, whatever
 * its permissions say of /system; others only when these let them.
 */
export async function readHomeText(ctx: Context, actor: Actor): Promise<string | undefined> {
  const file = ctx.tree.descend([SYSTEM_FOLDER, NAME])
  if (file?.type !== FILE) return undefined
  if (actor.kind !== 'user' && !canRead(ctx, actor, file)) return undefined
  const { text } = await readText(ctx, serverActor, file, { limit: MAX_TEXT })
  return text === undefined || text.trim() === '' ? undefined : text.replace(/^\uFEFF/, '')
}

/** Makes the file when somebody deleted it. @throws Fault forbidden for all but system admins; conflict when it is there */
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

/** Folders that are looked at: a large lab must not pay for each stranger who comes by. */
const MAX_LOOKED_AT = 5_000
const MAX_DEPTH = 4

/** The topmost folders that somebody may read who belongs to none of them, by path as they lie; at most `limit`. */
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
