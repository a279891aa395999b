/** The pages that `npm run screenshots` takes. Whoever adds a page adds it here, with what has to be there to see it well. */
import type { Page } from 'playwright-core'
import type { Lab } from '../support/lab.ts'
import { accountScenes } from './account-scenes.ts'
import { alertScenes } from './alert-scenes.ts'
import { controllerScenes } from './controller-scenes.ts'
import { dashboardScenes } from './dashboard-scenes.ts'
import { fileScenes } from './file-scenes.ts'
import { folderScenes } from './folder-scenes.ts'
import { organizationScenes } from './organization-scenes.ts'
import { peopleScenes } from './people-scenes.ts'
import { systemScenes } from './system-scenes.ts'
import { searchScenes } from './search-scenes.ts'
import { sharingScenes } from './sharing-scenes.ts'
import { sequenceScenes } from './sequence-scenes.ts'

export interface Scene {
  /** The file's name: `folder-empty`. */
  readonly name: string
  /** Where it is; a function when it depends on what `prepare` made. */
  readonly path: string | (() => string)
  /** Nobody is signed in. */
  readonly signedOut?: boolean
  /** Makes what the page shows, once, before all pictures. */
  prepare?: (lab: Lab) => Promise<void>
  /** Undoes what `prepare` left running, after all pictures. */
  finish?: () => Promise<void>
  /** Brings the page into the state to be seen: opens a dialog, waits for a chart. */
  act?: (page: Page) => Promise<void>
}

export const scenes: readonly Scene[] = [
  accountScenes,
  peopleScenes,
  organizationScenes,
  folderScenes,
  fileScenes,
  searchScenes,
  sequenceScenes,
  controllerScenes,
  systemScenes,
  dashboardScenes,
  sharingScenes,
  // After those of the system, which make the log that news of alerts go to.
  alertScenes,
].flat()
