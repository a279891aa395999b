import type { Scene } from './scenes.ts'

export const accountScenes: readonly Scene[] = [
  { name: 'home', path: '/' },
  { name: 'sign-in', path: '/-/sign-in', signedOut: true },
  { name: 'error-404', path: '/lab/nowhere' },
]
