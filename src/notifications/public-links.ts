/** Links for mails and messages, based on the address at which people reach this server. */
import type { Context } from '../context.ts'
import { pathOf, type Resource } from '../tree/tree.ts'

/** The address of a page of this server; undefined without the setting PUBLIC_URL. @param path beginning with a slash, not escaped yet */
export function linkTo({ settings }: Pick<Context, 'settings'>, path: string): string | undefined {
  if (settings.PUBLIC_URL === undefined) return undefined
  return settings.PUBLIC_URL.replace(/(?<!\/)\/+$/, '') + path.split('/').map(encodeURIComponent).join('/')
}

/** The address of a resource's page; undefined without the setting PUBLIC_URL. */
export const linkToResource = (ctx: Pick<Context, 'settings'>, resource: Resource): string | undefined => linkTo(ctx, pathOf(resource))
