/** The parts of a folder's page: its contents, and what organizations and controllers have beside them. */
import { canWrite, isOrganizationAdmin } from '../../../src/tree/permissions.ts'
import { CONTROLLER_FOLDER, ORGANIZATION_FOLDER } from '../../../src/wire/resource-types.ts'
import type { Resource } from '../../../src/tree/tree.ts'
import type { PageRequest } from '../page.ts'

export interface FolderTab {
  readonly text: string
  /** What `?view=` says; undefined: the page one sees first. */
  readonly view: string | undefined
}

/** Those that the visitor may see; a folder with one alone shows no tabs. */
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
