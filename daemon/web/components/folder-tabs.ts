/** The parts of a folder's page: its contents, and what organizations and controllers have beside them. */
import type { Resource } from '../../../src/tree.ts'
import type { PageRequest } from '../page.ts'

export interface FolderTab {
  readonly text: string
  /** What `?view=` says; undefined: the page one sees first. */
  readonly view: string | undefined
}

/** Those that the visitor may see; a folder with one alone shows no tabs. */
export function folderTabs(_request: PageRequest, _folder: Resource): FolderTab[] {
  return [{ text: 'Contents', view: undefined }]
}
