/** Breadcrumbs: the folders above, and the current page. */
import { escapeHidden } from '../../../src/base/hidden-text.ts'
import type { Context } from '../../../src/context.ts'
import { isDashboardName } from '../../../src/dashboards/dashboard-file.ts'
import { isFavourite } from '../../../src/dashboards/favourites.ts'
import { canRead } from '../../../src/tree/permissions.ts'
import { isFolder, type Resource } from '../../../src/tree/tree.ts'
import { pageOf } from '../links.ts'
import type { Page } from '../page.ts'
import type { Visitor } from '../visitor.ts'
import { Icon } from './icons.tsx'
import { Star } from './star.tsx'

export const Breadcrumbs = ({ ctx, page, visitor, url }: { ctx: Context; page: Page; visitor: Visitor; url: string }) => {
  const above: Resource[] = []
  const { reader } = visitor
  // Folders above what a secret link shows are no concern of its readers.
  for (let at = page.resource; at && (!reader || canRead(ctx, reader, at)); at = at.parent) above.unshift(at)
  if (above.length === 0 && page.crumb === undefined) return null
  const last = page.crumb ?? above.pop()?.name ?? ''
  return (
    <div class="breadcrumb-row">
      <nav class="breadcrumbs" aria-label="Where you are">
        <ol>
          {reader ? null : (
            <li>
              <a href="/">Home</a>
            </li>
          )}
          {page.below === undefined ? null : (
            <li>
              <a href={page.below.href}>{page.below.text}</a>
            </li>
          )}
          {above.map((resource) => (
            <li>
              <a href={pageOf(resource)}>{escapeHidden(resource.name)}</a>
            </li>
          ))}
          <li aria-current="page">{escapeHidden(last)}</li>
        </ol>
      </nav>
      <span class="breadcrumb-tools no-print">
        <PageStar ctx={ctx} page={page} visitor={visitor} url={url} />
        <PermissionsLink page={page} visitor={visitor} />
      </span>
    </div>
  )
}

/** On the main page of what people come back to: folders, controllers, sequences and dashboards. */
const PageStar = async ({ ctx, page: { resource, crumb }, visitor, url }: { ctx: Context; page: Page; visitor: Visitor; url: string }) => {
  const { user } = visitor
  if (!resource || !user || crumb !== undefined) return null
  if (!isFolder(resource) && !resource.sequence && !isDashboardName(resource.name)) return null
  return <Star visitor={visitor} resource={resource} isOn={await isFavourite(ctx, user.id, resource)} url={url} />
}

/** A link to the permissions, for admins of the organization. Folders have a tab for it instead. */
const PermissionsLink = ({ page: { resource, crumb }, visitor: { user, organizations } }: { page: Page; visitor: Visitor }) => {
  if (!resource || isFolder(resource) || crumb !== undefined || !user) return null
  const isAdmin =
    user.isSystemAdmin || organizations.some(({ id, is_admin: isAdminThere }) => isAdminThere && id === resource.organizationId)
  return isAdmin ? (
    <a class="permissions-link no-print" href={pageOf(resource, 'permissions')} title={`Permissions of ${resource.name}`}>
      <Icon name="lock" />
      <span class="is-hidden-on-phones">Permissions</span>
    </a>
  ) : null
}
