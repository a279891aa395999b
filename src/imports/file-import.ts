/** A file of the tree as a source of an import. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { openContent } from '../content/content.ts'
import { readRevision, requireFile } from '../resources/files.ts'
import type { Resource } from '../tree/tree.ts'
import type { SpooledFile } from './table-sources.ts'

/** The newest revision of a file. @throws Fault forbidden; not_found without content; invalid for anything but a file */
export async function openRevision(ctx: Context, actor: Actor, file: Resource): Promise<SpooledFile> {
  requireFile(file)
  const revision = await readRevision(ctx, actor, file)
  return {
    name: file.name,
    size: revision.size,
    open: async () => {
      const content = await openContent(ctx, revision)
      return content instanceof Uint8Array ? [content] : content
    },
  }
}
