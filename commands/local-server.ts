/** What the commands on the server's own machine share. */
import type { Settings } from '../src/settings.ts'

/** Where programs on this machine reach the server of these settings. */
export function localUrl({ LISTEN_ADDRESS: address, PORT: port }: Pick<Settings, 'LISTEN_ADDRESS' | 'PORT'>): string {
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** After the name of the command. */
export const HOW_TO_MAKE_AN_ADMIN = 'create-admin you@example.com --org my-lab'
