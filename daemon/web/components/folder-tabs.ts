/** The parts of a folder's page: its contents, and what organizations and controllers have beside them. */
import { canWrite } from '../../../src/permissions.ts'
import { CONTROLLER_FOLDER } from '../../../src/resource-types.ts'
import type { Resource } from '../../../src/tree.ts'
import type { PageRequest } from '../page.ts'

export interface FolderTab {
  readonly text: string
  /** What `?view=` says; undefined: the page one sees first. */
  readonly view: string | undefined
}

/** Those that the visitor may see; a folder with one alone shows no tabs. */
export function folderTabs({ ctx, actor }: PageRequest, folder: Resource): FolderTab[] {
  const contents: FolderTab = { text: 'Contents', view: undefined }
  if (folder.type === CONTROLLER_FOLDER) {
    const tabs = [contents, { text: 'State and log', view: 'state' }, { text: 'Watching', view: 'watching' }]
    return actor.kind === 'user' && canWrite(ctx, actor, folder) ? [...tabs, { text: 'Keys', view: 'keys' }, { text: 'Messages', view: 'messages' }] : tabs
  }
  return [contents]
}
