import type { Scene } from './scenes.ts'

export const searchScenes: readonly Scene[] = [
  { name: 'search', path: '/search?q=seattle+t' },
  { name: 'search-nothing', path: '/search?q=warp+drive' },
  { name: 'search-empty', path: '/search' },
]
