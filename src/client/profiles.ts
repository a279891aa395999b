/** Named servers with their keys, in the user's config folder: `$XDG_CONFIG_HOME/rhizo/profiles.yaml`, readable only by its owner. */
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { invalid } from '../base/fault.ts'
import { readText } from '../base/regular-files.ts'
import { describeYamlError } from '../base/yaml-errors.ts'

export interface Profile {
  /** As given at sign-in: a URL. */
  server: string
  key?: string
  /** E-mail address or controller path, to tell profiles apart. */
  identity?: string
  /** True if the key was made for this profile by signing in with a password, so that signing out revokes it. */
  own_key?: boolean
}

export interface Profiles {
  current: string | undefined
  profiles: Record<string, Profile>
}

export function profilesFile(env: NodeJS.ProcessEnv = process.env): string {
  const base =
    env.XDG_CONFIG_HOME !== undefined && env.XDG_CONFIG_HOME !== '' ? env.XDG_CONFIG_HOME : join(env.HOME ?? homedir(), '.config')
  return join(base, 'rhizo', 'profiles.yaml')
}

/** @throws Fault invalid when the file is damaged */
export async function readProfiles(env: NodeJS.ProcessEnv = process.env): Promise<Profiles> {
  const file = profilesFile(env)
  let text: string
  try {
    text = await readText(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { current: undefined, profiles: {} }
    throw error
  }
  const { parse } = await import('yaml')
  let content: unknown
  try {
    content = parse(text)
  } catch (error) {
    throw invalid(`${file} is not YAML: ${describeYamlError(error)}`)
  }
  if (content === null) return { current: undefined, profiles: {} }
  if (!isRecord(content)) throw invalid(`${file} is damaged: it must hold "current" and "profiles".`)
  const profiles: Record<string, Profile> = {}
  for (const [name, entry] of Object.entries(isRecord(content.profiles) ? content.profiles : {})) {
    if (!isRecord(entry) || typeof entry.server !== 'string') throw invalid(`${file}: profile ${JSON.stringify(name)} names no server.`)
    profiles[name] = {
      server: entry.server,
      ...(typeof entry.key === 'string' ? { key: entry.key } : {}),
      ...(typeof entry.identity === 'string' ? { identity: entry.identity } : {}),
      ...(entry.own_key === true ? { own_key: true } : {}),
    }
  }
  return { current: typeof content.current === 'string' ? content.current : undefined, profiles }
}

/** Writes a complete new file, then renames it over the old one: a power cut leaves one or the other. */
export async function writeProfiles(content: Profiles, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const file = profilesFile(env)
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const { stringify } = await import('yaml')
  const draft = `${file}.${process.pid}`
  await writeFile(
    draft,
    stringify({ ...(content.current === undefined ? {} : { current: content.current }), profiles: content.profiles }),
    { mode: 0o600 },
  )
  await chmod(draft, 0o600)
  await rename(draft, file)
}

/** Stores one profile and makes it the current one. */
export async function saveProfile(name: string, profile: Profile, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  if (!/^[\w.@-]{1,100}$/.test(name))
    throw invalid(`A profile's name is up to 100 letters, digits and . _ @ -, not ${JSON.stringify(name)}.`)
  const content = await readProfiles(env)
  content.profiles[name] = profile
  await writeProfiles({ current: name, profiles: content.profiles }, env)
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
