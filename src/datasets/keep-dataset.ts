/** Keeps a data set in the lab, where its file has a page. */
import { conflict } from '../base/fault.ts'
import { joinPath, requireName, splitPath } from '../base/path.ts'
import type { Context } from '../context.ts'
import { putFile, requireUpload } from '../resources/files.ts'
import type { Actor } from '../tree/actor.ts'
import { canRead } from '../tree/permissions.ts'
import { pathOf } from '../tree/tree.ts'
import { makeDataset, type DatasetRequest } from './make-dataset.ts'

/**
 * Makes a data set and stores it as a new file.
 * @param where `folder`: its path, which is made where it is missing; `name` of the file: `.zip` is added where it is missing
 * @returns the file's path
 * @throws Fault forbidden; conflict when there is such a file, since what was cited must not change; as {@link makeDataset} and putFile
 */
export async function keepDataset(
  ctx: Context,
  actor: Actor,
  request: DatasetRequest,
  where: { readonly folder: string; readonly name: string },
): Promise<string> {
  const name = requireName(/\.zip$/i.test(where.name) ? where.name : `${where.name}.zip`)
  const names = [...splitPath(where.folder, 'folder'), name]
  requireUpload(ctx, actor, names)
  const existing = ctx.tree.descend(names)
  if (existing && canRead(ctx, actor, existing))
    throw conflict(`There is ${pathOf(existing)} already. Give the data set another name: what was cited must not change.`)
  await putFile(ctx, actor, names, await makeDataset(ctx, actor, request))
  return joinPath(where.folder, name)
}
