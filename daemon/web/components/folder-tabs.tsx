/** What leads from one page of a folder to the others: tabs, with additional ones for organizations and controllers, and list or tree. */
import { readsByLink } from '../../../src/tree/actor.ts'
import { canRead, canWrite, isOrganizationAdmin } from '../../../src/tree/permissions.ts'
import { CONTROLLER_FOLDER, FILE, ORGANIZATION_FOLDER } from '../../../src/wire/resource-types.ts'
import { INDEX_DASHBOARD } from '../../../src/dashboards/dashboard-file.ts'
import type { Resource } from '../../../src/tree/tree.ts'
import { MAPPING_FILE } from '../../../src/mapping/mapping-file.ts'
import { pageOf } from '../links.ts'
import type { PageRequest } from '../page.ts'
import { Tabs } from './basics.tsx'
import { Icon } from './icons.tsx'

interface FolderTab {
  readonly text: string
  /** Value of `?view=`; undefined for the default page. */
  readonly view: string | undefined
}

/** The folder's `index.dashboard`, which its page shows then. */
export function opensOnDashboard({ ctx, actor }: Pick<PageRequest, 'ctx' | 'actor'>, folder: Resource): Resource | undefined {
  const index = folder.children.get(INDEX_DASHBOARD)
  return index?.type === FILE && canRead(ctx, actor, index) ? index : undefined
}

/** The tabs that the visitor may see; a folder with only one shows none. */
function folderTabs(request: PageRequest, folder: Resource): FolderTab[] {
  return [
    ...(opensOnDashboard(request, folder)
      ? [
          { text: 'Dashboard', view: undefined },
          { text: 'Contents', view: 'contents' },
        ]
      : [{ text: 'Contents', view: undefined }]),
    ...controllerTabs(request, folder),
    ...deviceTabs(request, folder),
    ...adminTabs(request, folder),
  ]
}

function controllerTabs({ ctx, actor }: PageRequest, folder: Resource): FolderTab[] {
  if (folder.type !== CONTROLLER_FOLDER || readsByLink(actor)) return []
  const tabs = [
    { text: 'State and log', view: 'state' },
    { text: 'Watching', view: 'watching' },
  ]
  return actor.kind === 'user' && canWrite(ctx, actor, folder)
    ? [...tabs, { text: 'Keys', view: 'keys' }, { text: 'Messages', view: 'messages' }]
    : tabs
}

/** What devices send: of controllers, and of folders that take what devices send. */
function deviceTabs({ ctx, actor }: PageRequest, folder: Resource): FolderTab[] {
  const takes = folder.type === CONTROLLER_FOLDER || folder.createsSequences === true || folder.children.has(MAPPING_FILE)
  return takes && actor.kind === 'user' && canWrite(ctx, actor, folder) ? [{ text: 'Devices', view: 'devices' }] : []
}

function adminTabs({ ctx, actor }: PageRequest, folder: Resource): FolderTab[] {
  if (!isOrganizationAdmin(ctx, actor, folder.organizationId)) return []
  const permissions = { text: 'Permissions', view: 'permissions' }
  return folder.type === ORGANIZATION_FOLDER
    ? [
        { text: 'Members', view: 'members' },
        { text: 'Keys', view: 'keys' },
        permissions,
        { text: 'Usage', view: 'usage' },
        { text: 'Audit', view: 'audit' },
      ]
    : [permissions]
}

export const FolderTabs = ({ request, folder, view }: { request: PageRequest; folder: Resource; view: string }) => {
  const tabs = folderTabs(request, folder)
  if (tabs.length < 2) return null
  return (
    <Tabs
      label={`Parts of ${folder.name}`}
      tabs={tabs.map((tab) => ({
        text: tab.text,
        href: pageOf(folder, tab.view),
        isCurrent: (tab.view ?? tabs[0]?.text.toLowerCase()) === view,
      }))}
    />
  )
}

/** The same as a list or as a tree. */
export const ViewChoice = ({ folder, view }: { folder: Resource; view: 'contents' | 'tree' }) => (
  <div class="button-group" role="group" aria-label="View">
    <a
      class="button is-icon"
      href={pageOf(folder, 'contents')}
      aria-label="List"
      title="List"
      aria-current={view === 'contents' ? 'true' : undefined}
    >
      <Icon name="list" />
    </a>
    <a
      class="button is-icon"
      href={pageOf(folder, 'tree')}
      aria-label="Tree"
      title="Tree"
      aria-current={view === 'tree' ? 'true' : undefined}
    >
      <Icon name="tree" />
    </a>
  </div>
)
