/** Checks what an extension's file exports, and the settings that it was given. */
import { invalid } from '../base/fault.ts'
import { isObject } from '../base/json.ts'
import { quote } from '../base/path.ts'
import { HOST_VERSIONS, type Extension } from './interface.ts'

/** The actor's name, which is the server's own setting of every extension. */
export const ACTS_AS = 'ACTS_AS'

export const EXTENSION_NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/
const VERSION = /^\d{1,6}\.\d{1,6}\.\d{1,6}$/

/** @param exported the module's namespace @throws Fault invalid saying what is missing or wrong */
export function requireDefinition(exported: unknown, folderName: string): Extension {
  const definition = findDefinition(exported)
  if (!definition) throw invalid('it exports no setup(host): export { name, version, requires, setup }, or that as the default.')
  const { name, version, requires, settings = {}, commands = {} } = definition
  if (name !== folderName) throw invalid(`its name is ${quote(String(name))}, and must be that of its folder, ${quote(folderName)}.`)
  if (typeof version !== 'string' || !VERSION.test(version))
    throw invalid(`its version is ${quote(String(version))}, and must be three numbers, as 1.0.0.`)
  if (!isObject(requires) || typeof requires['host'] !== 'number')
    throw invalid('requires.host is missing: the version of the interface that it is written for, as { host: 1 }.')
  if (!HOST_VERSIONS.includes(requires['host']))
    throw invalid(
      `it is written for version ${requires['host']} of the interface, and this server has ${HOST_VERSIONS.join(', ')}: ` +
        `${requires['host'] > Math.max(...HOST_VERSIONS) ? 'take a newer server' : 'take a newer version of the extension'}.`,
    )
  for (const [other, least] of Object.entries(requires))
    if (other !== 'host' && (typeof least !== 'string' || !/^\d{1,6}(?:\.\d{1,6}){0,2}$/.test(least)))
      throw invalid(`requires[${quote(other)}] is ${quote(String(least))}, and must be a version, as "1.2".`)
  for (const [key, setting] of Object.entries(settings))
    if (!isObject(setting) || typeof setting['meaning'] !== 'string' || !('default' in setting))
      throw invalid(`settings.${key} must be { default, meaning }.`)
  for (const [key, command] of Object.entries(commands))
    if (!isObject(command) || typeof command['summary'] !== 'string' || typeof command['run'] !== 'function')
      throw invalid(`commands.${key} must be { summary, run }.`)
  return definition
}

function findDefinition(exported: unknown): Extension | undefined {
  if (!isModule(exported)) return undefined
  const { default: main } = exported
  const found = isModule(main) && typeof main['setup'] === 'function' ? main : exported
  return isDefinition(found) ? found : undefined
}

/** A module's namespace has no prototype, so it is an object of another kind than JSON's. */
const isModule = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const isDefinition = (value: unknown): value is Extension => isModule(value) && typeof value['setup'] === 'function'

/**
 * The extension's settings in force, without {@link ACTS_AS}.
 * @param given autoload-config.yaml and EXTENSION_SETTINGS, the latter last
 * @throws Fault invalid for one that it does not take, or of another type than its default
 */
export function settingsOf(
  { settings = {} }: Pick<Extension, 'settings'>,
  given: readonly Readonly<Record<string, unknown>>[],
): { values: Readonly<Record<string, unknown>>; actsAs: string | undefined } {
  const values: Record<string, unknown> = Object.fromEntries(Object.entries(settings).map(([key, { default: value }]) => [key, value]))
  let actsAs: string | undefined
  for (const [key, value] of given.flatMap((one) => Object.entries(one))) {
    if (key === ACTS_AS) {
      if (typeof value !== 'string' || value === '') throw invalid(`${ACTS_AS} must name a user, or a controller by its path.`)
      actsAs = value
      continue
    }
    const setting = settings[key]
    if (!setting) {
      const known = [...Object.keys(settings), ACTS_AS].join(', ')
      throw invalid(`it has no setting ${quote(key)}; there are ${known}.`)
    }
    if (typeOf(setting.default) !== 'undefined' && typeOf(value) !== typeOf(setting.default))
      throw invalid(`its setting ${key} must be ${typeOf(setting.default)}, and is ${typeOf(value)}.`)
    values[key] = value
  }
  return { values, actsAs }
}

const typeOf = (value: unknown): string =>
  value === null ? 'undefined' : Array.isArray(value) ? 'a list' : (NAMES[typeof value] ?? typeof value)
const NAMES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  object: 'values by their names',
}
