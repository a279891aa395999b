/** What kinds of resources are called, and their pictures. */
import { APP, BASIC_FOLDER, CONTROLLER_FOLDER, FILE, IMAGE, ORGANIZATION_FOLDER, REMOTE_FOLDER, SEQUENCE, TEXT } from '../../../src/resource-types.ts'
import type { Resource } from '../../../src/tree.ts'
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

export function kindOf({ type, name, sequence }: Pick<Resource, 'type' | 'name' | 'sequence'>): Kind {
  if (type === SEQUENCE && sequence?.dataType === TEXT) return { name: 'Log', icon: 'text' }
  if (type === SEQUENCE && sequence?.dataType === IMAGE) return { name: 'Images', icon: 'image' }
  if (type === FILE) {
    if (/\.md$/i.test(name)) return { name: 'Text', icon: 'markdown' }
    if (/\.(?:csv|xlsx?)$/i.test(name)) return { name: 'Table', icon: 'table' }
    if (/\.(?:png|jpe?g|gif|webp|svg)$/i.test(name)) return { name: 'Image', icon: 'image' }
  }
  return KINDS[type] ?? { name: 'Resource', icon: 'file' }
}
