/** Which extensions the settings name, and what is in their folders. Sets nothing up. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect, type InspectOptions } from 'node:util'
import { parse } from 'yaml'
import { codeOf } from '../base/disk-errors.ts'
import { Fault, invalid } from '../base/fault.ts'
import { isObject } from '../base/json.ts'
import { quote } from '../base/path.ts'
import { readText } from '../base/regular-files.ts'
import { describeYamlError } from '../base/yaml-errors.ts'
import type { Settings } from '../settings/settings.ts'
import { EXTENSION_NAME, requireDefinition, settingsOf } from './definition.ts'
import type { Extension } from './interface.ts'
import { loadModule } from './load-module.ts'
import { LoadedOrigin, runAs } from './origin.ts'
import { orderByRequirements } from './order.ts'
import { tryLoading } from './trial-load.ts'

/** One that can be set up. */
export interface FoundExtension {
  readonly definition: Extension
  readonly folder: string
  readonly settings: Readonly<Record<string, unknown>>
  /** Name of a user, or path of a controller. */
  readonly actsAs: string | undefined
  readonly origin: LoadedOrigin
}

export interface Found {
  /** In the order in which they are set up. */
  readonly extensions: readonly FoundExtension[]
  /** Why others can't be, by name: the rest of a sentence about the extension. */
  readonly problems: ReadonlyMap<string, string>
}

export type ExtensionSettings = Pick<
  Settings,
  'EXTENSIONS' | 'AUTOLOAD_EXTENSIONS' | 'EXTENSION_SETTINGS' | 'EXTENSION_TIME_LIMIT' | 'extensionsFolder'
>

/** Hears of what fails, when nobody waits for it, before the extension is set up. */
export type ToldOfStray = (name: string, hook: string, problem: string) => void

/** Loads the file of each. Never rejects for what is wrong with one of them. */
export async function findExtensions(settings: ExtensionSettings, told: ToldOfStray = () => {}): Promise<Found> {
  const problems = new Map<string, string>()
  const found: FoundExtension[] = []
  const names = new Set(settings.EXTENSIONS.map(String))
  try {
    if (settings.AUTOLOAD_EXTENSIONS) for (const name of await listFolders(settings.extensionsFolder)) names.add(name)
  } catch (error) {
    problems.set('AUTOLOAD_EXTENSIONS', `finds nothing: ${settings.extensionsFolder} can't be read (${codeOf(error) ?? String(error)}).`)
  }
  for (const name of names) {
    try {
      found.push(await read(settings, name, told))
    } catch (error) {
      problems.set(name, describeProblem(error))
    }
  }
  for (const name of Object.keys(settings.EXTENSION_SETTINGS))
    if (!names.has(name)) problems.set(name, 'EXTENSION_SETTINGS has settings for it, and it is not loaded: name it in EXTENSIONS.')
  const { order, problems: unmet } = orderByRequirements(found, new Set(problems.keys()))
  for (const [name, problem] of unmet) problems.set(name, problem)
  return { extensions: order, problems }
}

async function listFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries.filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.')).map(({ name }) => name)
}

async function read(settings: ExtensionSettings, name: string, told: ToldOfStray): Promise<FoundExtension> {
  if (!EXTENSION_NAME.test(name) || name === 'host')
    throw invalid(`${quote(name)} is no name of an extension: lower-case letters, digits and hyphens, at most 40.`)
  const folder = join(settings.extensionsFolder, name)
  const origin = new LoadedOrigin(name, (hook, problem) => told(name, hook, problem))
  const limit = settings.EXTENSION_TIME_LIMIT
  const trial = (url: string): Promise<void> => tryLoading(url, limit)
  const exported = await runAs(origin, () => loadModule(folder, trial, limit))
  const definition = requireDefinition(exported, name)
  const given = settings.EXTENSION_SETTINGS[name] ?? {}
  if (!isObject(given)) throw invalid(`EXTENSION_SETTINGS.${name} must be values by their names.`)
  const { values, actsAs } = settingsOf(definition, [await readOwnSettings(folder), given])
  return { definition, folder, settings: values, actsAs, origin }
}

async function readOwnSettings(folder: string): Promise<Record<string, unknown>> {
  const path = join(folder, 'autoload-config.yaml')
  let text: string
  try {
    text = await readText(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return {}
    throw error
  }
  let content: unknown
  try {
    content = parse(text)
  } catch (error) {
    throw invalid(`${path} is not YAML: ${describeYamlError(error)}`)
  }
  if (content === null || content === undefined) return {}
  if (!isObject(content)) throw invalid(`${path} must hold lines of NAME: value.`)
  return content
}

/** A Fault's sentence; of another error, its first line and where it was thrown. What can be thrown is anything at all. */
export function describeProblem(error: unknown): string {
  try {
    if (error instanceof Fault) return error.message
    if (!(error instanceof Error)) return `it threw ${inspect(error, PLAINLY).slice(0, LONGEST_PROBLEM)}.`
    const where = /(?:\(|at |file:\/\/)(\/[^\s)?]+?)(?:\?changed=[\d.]+)?(:\d+:\d+)/
      .exec(String(error.stack).slice(0, LONGEST_STACK))
      ?.slice(1)
      .join('')
    const line = `${error.name}: ${String(error.message).split('\n', 1)[0] ?? ''}`.slice(0, LONGEST_PROBLEM)
    return `${line}${where === undefined ? '' : ` (${where})`}`
  } catch {
    return 'it threw something that can not be described.'
  }
}

const LONGEST_PROBLEM = 500
const LONGEST_STACK = 10_000
const PLAINLY: InspectOptions = {
  depth: 1,
  compact: true,
  breakLength: Infinity,
  maxStringLength: 200,
  maxArrayLength: 10,
  customInspect: false,
}
