/**
 * Finds the server to use and the key for it. Searched in this order: what the caller gives, the environment, a controller's own settings
 * in the current folder, a profile. Source of the names: protocol, section 9.
 */
import { join } from 'node:path'
import { Fault, invalid } from '../base/fault.ts'
import { NotAFile, readText } from '../base/regular-files.ts'
import { readProfiles } from './profiles.ts'

export interface Connection {
  /** `http://host:port` or `https://host:port` */
  url: string
  key: string | undefined
  /** Where the server was found, for messages: `--server`, `config.yaml`, `profile default`, … */
  origin: string
}

export interface ConnectionHints {
  server?: string | undefined
  key?: string | undefined
  /** A profile that is chosen by name takes precedence over the environment and the current folder. */
  profile?: string | undefined
  folder?: string
  env?: NodeJS.ProcessEnv
}

interface Source {
  url?: string | undefined
  key?: string | undefined
  origin: string
}

/**
 * The server comes from the first source that names one. The key comes from the same source or one before it, and from a later one only if
 * that names the same server: a key must never go to a server that it was not meant for.
 * @throws Fault invalid when no source names a server
 */
export async function findConnection(hints: ConnectionHints = {}): Promise<Connection> {
  const env = hints.env ?? process.env
  const given: Source = { url: hints.server === undefined ? undefined : serverUrl(hints.server), key: hints.key, origin: '--server' }
  const sources: Source[] = [given]
  let url = given.url
  for (const next of laterSources(hints, env)) {
    if (url !== undefined && sources.some((source) => source.key !== undefined)) break
    const source = await next()
    if (source === undefined) continue
    sources.push(source)
    url ??= source.url
  }
  if (url === undefined) {
    const names = Object.keys((await readProfiles(env)).profiles)
    const choice = names.length === 0 ? '' : ` "rhizo profile use NAME" takes up one of your profiles: ${names.join(', ')}.`
    throw invalid(
      'No server is known. Sign in with "rhizo login SERVER", or give --server and --key, or set RHIZO_SERVER_NAME and ' +
        `RHIZO_SECRET_KEY.${choice}`,
    )
  }
  const at = sources.findIndex((source) => source.url !== undefined)
  const keyed = sources.find((source, index) => source.key !== undefined && (index <= at || source.url === undefined || source.url === url))
  return { url, key: keyed?.key, origin: sources[at]?.origin ?? '--server' }
}

function laterSources(hints: ConnectionHints, env: NodeJS.ProcessEnv): (() => Promise<Source | undefined>)[] {
  const profile = async (): Promise<Source | undefined> => profileSource(hints.profile, env)
  if (hints.profile !== undefined) return [profile]
  return [async () => environmentSource(env), async () => folderSource(hints.folder ?? process.cwd()), profile]
}

async function environmentSource(env: NodeJS.ProcessEnv): Promise<Source | undefined> {
  const server = plainText(env.RHIZO_SERVER_NAME)
  const key = plainText(env.RHIZO_SECRET_KEY)
  if (server === undefined && key === undefined) return undefined
  const secure = plainText(env.RHIZO_SECURE_SERVER)
  return {
    url: server === undefined ? undefined : serverUrl(server, secure === undefined ? undefined : isTrue(secure)),
    key,
    origin: 'RHIZO_SERVER_NAME',
  }
}

/** A value of the environment; deployed controllers write it as YAML, so it may be in quotes. */
function plainText(value: string | undefined): string | undefined {
  const text = value?.trim() ?? ''
  const quoted = /^"(.*)"$|^'(.*)'$/.exec(text)
  const inner = quoted ? (quoted[1] ?? quoted[2] ?? '') : text
  return inner === '' ? undefined : inner
}

const isTrue = (text: string): boolean => /^(true|yes|on|1)$/i.test(text)

/** A controller's `config.yaml`, overridden by `local.yaml`. A server's settings file of that name has no server_name and is ignored. */
async function folderSource(folder: string): Promise<Source | undefined> {
  const settings = new Map<string, unknown>()
  for (const file of ['config.yaml', 'local.yaml']) {
    const text = await readIfThere(join(folder, file))
    if (text === undefined || !/server_name|secret_key|secure_server/.test(text)) continue
    const { parse } = await import('yaml')
    let content: unknown
    try {
      content = parse(text)
    } catch {
      // Ignore it: it may be another program's file of that common name.
      continue
    }
    if (typeof content === 'object' && content !== null) for (const [name, value] of Object.entries(content)) settings.set(name, value)
  }
  const server = settings.get('server_name')
  if (typeof server !== 'string' || server === '') return undefined
  const key = settings.get('secret_key')
  const secure = settings.get('secure_server')
  return {
    url: serverUrl(server, typeof secure === 'boolean' ? secure : undefined),
    key: typeof key === 'string' && key !== '' ? key : undefined,
    origin: `the controller's settings in ${folder}`,
  }
}

async function profileSource(name: string | undefined, env: NodeJS.ProcessEnv): Promise<Source | undefined> {
  const { current, profiles } = await readProfiles(env)
  const chosen = name ?? current
  const profile = chosen === undefined ? undefined : profiles[chosen]
  if (profile !== undefined) return { url: serverUrl(profile.server), key: profile.key, origin: `profile ${chosen}` }
  if (name === undefined) return undefined
  const names = Object.keys(profiles)
  throw invalid(
    `There is no profile ${JSON.stringify(name)}. ` +
      `${names.length === 0 ? 'There are none yet; make one with "rhizo login".' : `There are: ${names.join(', ')}.`}`,
  )
}

/**
 * The base URL of a server that is given as `host`, `host:port`, or a complete http:// or https:// URL.
 * @param secure true: https; by default https for any host but this machine
 */
export function serverUrl(server: string, secure?: boolean): string {
  const whole = /^https?:\/\//i.test(server.trim())
  const text = server.trim().replace(/(?<![:/])\/+$/, '')
  let url: URL
  try {
    url = new URL(whole ? text : `http://${text}`)
  } catch {
    throw invalid(`The server is not a host, a host:port or a URL: ${JSON.stringify(server)}`)
  }
  if (url.username !== '' || url.search !== '' || url.hash !== '' || url.hostname === '')
    throw invalid(`The server is not a host, a host:port or a URL: ${JSON.stringify(server)}`)
  if (!whole) url = new URL(`${(secure ?? !isThisMachine(url.hostname)) ? 'https' : 'http'}://${text}`)
  return `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`
}

const isThisMachine = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d+){3}$/.test(host)

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readText(file)
  } catch (error) {
    if (error instanceof NotAFile) {
      if (error.found === 'a folder') return undefined
      throw error
    }
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR' || code === 'ENOTDIR') return undefined
    throw new Fault('internal', `${file} can't be read`, { cause: error })
  }
}
