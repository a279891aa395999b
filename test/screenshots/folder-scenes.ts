import type { Scene } from './scenes.ts'

export const folderScenes: readonly Scene[] = [
  { name: 'folder', path: '/lab' },
  { name: 'folder-controller', path: '/lab/seattle' },
]
