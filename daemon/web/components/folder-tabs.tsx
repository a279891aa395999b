/** The tabs of a folder's page: its contents, and additional ones for organizations and controllers. */
import { canWrite, isOrganizationAdmin } from '../../../src/tree/permissions.ts'
import { CONTROLLER_FOLDER, ORGANIZATION_FOLDER } from '../../../src/wire/resource-types.ts'
import type { Resource } from '../../../src/tree/tree.ts'
import type { PageRequest } from '../page.ts'

export interface FolderTab {
  readonly text: string
  /** Value of `?view=`; undefined for the default page. */
  readonly view: string | undefined
}

/** The tabs that the visitor may see; a folder with only one shows none. */
export function folderTabs(request: PageRequest, folder: Resource): FolderTab[] {
  return [{ text: 'Contents', view: undefined }, ...controllerTabs(request, folder), ...adminTabs(request, folder)]
}

function controllerTabs({ ctx, actor }: PageRequest, folder: Resource): FolderTab[] {
  if (folder.type !== CONTROLLER_FOLDER) return []
  const tabs = [
    { text: 'State and log', view: 'state' },
    { text: 'Watching', view: 'watching' },
  ]
  return actor.kind === 'user' && canWrite(ctx, actor, folder)
    ? [...tabs, { text: 'Keys', view: 'keys' }, { text: 'Messages', view: 'messages' }]
    : tabs
}

function adminTabs({ ctx, actor }: PageRequest, folder: Resource): FolderTab[] {
  if (!isOrganizationAdmin(ctx, actor, folder.organizationId)) return []
  const permissions = { text: 'Permissions', view: 'permissions' }
  return folder.type === ORGANIZATION_FOLDER
    ? [{ text: 'Members', view: 'members' }, { text: 'Keys', view: 'keys' }, permissions, { text: 'Usage', view: 'usage' }]
    : [permissions]
}
