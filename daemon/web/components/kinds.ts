/** Names and icons of kinds of resources. */
import {
  APP,
  BASIC_FOLDER,
  CONTROLLER_FOLDER,
  FILE,
  IMAGE,
  ORGANIZATION_FOLDER,
  REMOTE_FOLDER,
  SEQUENCE,
  TEXT,
} from '../../../src/wire/resource-types.ts'
import { isDashboardName } from '../../../src/dashboards/dashboard-file.ts'
import type { Resource } from '../../../src/tree/tree.ts'
import { fileKindOf, type FileKind } from '../pages/file/file-kinds.ts'
import type { IconName } from './icons.tsx'

export interface Kind {
  readonly name: string
  readonly icon: IconName
}

const KINDS: Readonly<Record<number, Kind>> = {
  [BASIC_FOLDER]: { name: 'Folder', icon: 'folder' },
  [ORGANIZATION_FOLDER]: { name: 'Organization', icon: 'organization' },
  [CONTROLLER_FOLDER]: { name: 'Controller', icon: 'controller' },
  [REMOTE_FOLDER]: { name: 'Remote folder', icon: 'remote' },
  [FILE]: { name: 'File', icon: 'file' },
  [SEQUENCE]: { name: 'Numbers', icon: 'numeric' },
  [APP]: { name: 'App', icon: 'app' },
}

const FILES: Readonly<Record<FileKind, Kind>> = {
  markdown: { name: 'Text', icon: 'markdown' },
  table: { name: 'Table', icon: 'table' },
  text: { name: 'Text', icon: 'file' },
  image: { name: 'Image', icon: 'image' },
  pdf: { name: 'PDF', icon: 'file' },
  audio: { name: 'Sound', icon: 'play' },
  video: { name: 'Video', icon: 'play' },
  workbook: { name: 'Workbook', icon: 'table' },
  other: { name: 'File', icon: 'file' },
}

export function kindOf({ type, name, sequence }: Pick<Resource, 'type' | 'name' | 'sequence'>): Kind {
  if (type === SEQUENCE && sequence?.dataType === TEXT) return { name: 'Log', icon: 'text' }
  if (type === SEQUENCE && sequence?.dataType === IMAGE) return { name: 'Images', icon: 'image' }
  if (type === FILE && isDashboardName(name)) return { name: 'Dashboard', icon: 'app' }
  if (type === FILE) {
    // A name without an extension says nothing about its content.
    return name.includes('.') ? FILES[fileKindOf(name)] : FILES.other
  }
  return KINDS[type] ?? { name: 'Resource', icon: 'file' }
}
