/** Viewers of extensions, in place of a resource's own page. */
import { requireRead } from '../../../../src/tree/permissions.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import { callHook } from '../../../../src/extensions/hook-calls.ts'
import { callerOf, entryOf, labAccess } from '../../../../src/extensions/lab-access.ts'
import type { Page, PageRequest } from '../../page.ts'
import { prefersPage } from '../file/raw.ts'
import { framePage, isFailure } from './extension-frame.tsx'

/** Names the page that a resource has of its own, where an extension shows another. */
export const PLAIN = 'plain'

/** undefined: no extension shows it, or the one that would has failed. @throws Fault the viewer's refusal */
export async function showByExtension(request: PageRequest, resource: Resource): Promise<Page | undefined> {
  const { ctx, actor, query } = request
  // Other views, revisions and small pictures are the resource's own; so are its bytes.
  if (Object.keys(query).length > 0 || !prefersPage(request.incoming)) return undefined
  const found = await ctx.extensions.viewerOf(ctx, resource)
  if (!found) return undefined
  requireRead(ctx, actor, resource)
  const { running, viewer } = found
  const hook = `the viewer of ${viewer.shows.kind}s`
  try {
    const shown = await callHook(running, hook, () =>
      viewer.show(
        { method: 'GET', path: '/', parameters: {}, caller: callerOf(actor), lab: labAccess(ctx, () => actor) },
        entryOf(resource),
      ),
    )
    return await framePage(running, hook, shown, { resource })
  } catch (error) {
    if (isFailure(error)) return undefined
    throw error
  }
}
