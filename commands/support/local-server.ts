/** Shared parts of the commands for the server's own machine. */
import { networkInterfaces } from 'node:os'
import type { Settings } from '../../src/settings/settings.ts'

type Place = Pick<Settings, 'LISTEN_ADDRESS' | 'PORT' | 'TLS_CERTIFICATE'>

/** The URL at which programs on this machine reach a server with these settings. */
export function localUrl({ LISTEN_ADDRESS: address, PORT: port, TLS_CERTIFICATE }: Place): string {
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  return `${TLS_CERTIFICATE === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** To be appended to the command's name. */
export const HOW_TO_MAKE_AN_ADMIN = 'create-admin you@example.com --org my-lab'

/**
 * The URL at which other machines reach a server that listens on all addresses, with one of this machine's addresses; undefined if there is
 * none.
 */
export function findNetworkAddress({ LISTEN_ADDRESS: address, PORT: port, TLS_CERTIFICATE }: Place): string | undefined {
  if (address !== '0.0.0.0' && address !== '::') return undefined
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.internal === false && one.family === 'IPv4')
  return outside && `${TLS_CERTIFICATE === undefined ? 'http' : 'https'}://${outside.address}:${port}`
}

/**
 * What to do where the server listens to its own machine alone and somebody starts it over SSH: the browser is on another machine.
 * @param ssh `SSH_CONNECTION`: address and port of the client, then of the server
 */
export function describeTunnel(
  ssh: string | undefined,
  { user, port, isNpm }: { readonly user: string; readonly port: number; readonly isNpm: boolean },
): string[] {
  const [, , here, sshPort] = ssh?.split(' ') ?? []
  if (here === undefined) return []
  const other = sshPort === undefined || sshPort === '22' ? '' : `-p ${sshPort} `
  return [
    'You came by SSH. On the machine where your browser is, run this first; then the link opens there:',
    `  ssh ${other}-L ${port}:127.0.0.1:${port} ${user}@${here}`,
    'Or have the server listen on the network, and use the link that it prints then:',
    `  RHIZO_SERVER_LISTEN_ADDRESS=0.0.0.0 ${isNpm ? 'npm start' : 'rhizo serve'}`,
  ]
}
