/** A name that a live resource has already. */
import type { Context } from '../context.ts'
import { conflict } from '../base/fault.ts'
import { joinPath, quote } from '../base/path.ts'

/** @throws Fault conflict */
export function requireUntaken(ctx: Context, folder: readonly string[], name: string): void {
  if (!ctx.tree.descend([...folder, name])) return
  throw conflict(`There is a resource ${quote(joinPath(folder.length === 0 ? '/' : `/${folder.join('/')}`, name))} already.`)
}
