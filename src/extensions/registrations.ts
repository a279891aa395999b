/** Checks what an extension registers, in its setup, where a mistake is told at once and the server's own pages don't meet it later. */
import { invalid } from '../base/fault.ts'
import { isObject } from '../base/json.ts'
import type { DashboardTile, DeviceFormat, Viewer, Work } from './interface.ts'

type Callable = (...given: never[]) => unknown

/** @param hook such as `page` @throws Fault invalid */
export function requireFunction<T extends Callable>(hook: string, given: T): T {
  if (typeof given !== 'function') throw invalid(`host.${hook} takes a function, and got ${kindOf(given)}.`)
  return given
}

/** @throws Fault invalid */
function requireMethod<T extends object>(hook: string, given: T, name: keyof T & string): void {
  if (typeof given[name] !== 'function') throw invalid(`host.${hook}: ${name} must be a function, and is ${kindOf(given[name])}.`)
}

/** @throws Fault invalid */
export function requirePaths(paths: readonly string[] | undefined): readonly string[] | undefined {
  if (paths !== undefined && !isTexts(paths))
    throw invalid('The paths of host.onValues must be a list of texts, as ["/lab/fridge/temperature"].')
  return paths
}

/** @throws Fault invalid */
export function requireViewer(viewer: Viewer): Viewer {
  const { shows } = requireParts('viewer', viewer, '{ shows, show }')
  requireMethod('viewer', viewer, 'show')
  const { kind, endings, marker, app }: Record<string, unknown> = isObject(shows) ? { ...shows } : {}
  const isRight =
    kind === 'file' ? isTexts(endings) : kind === 'folder' ? typeof marker === 'string' : kind === 'app' && typeof app === 'string'
  if (!isRight)
    throw invalid(
      "A viewer shows { kind: 'file', endings: ['.abc'] }, { kind: 'folder', marker: 'a name' } or { kind: 'app', app: 'a name' }.",
    )
  return viewer
}

/** @throws Fault invalid */
export function requireWork(work: Work): Work {
  const { name, everySeconds } = requireParts('work', work, '{ name, everySeconds, run }')
  if (typeof name !== 'string') throw invalid('Work needs a name, which is a text.')
  requireMethod('work', work, 'run')
  if (typeof everySeconds !== 'number' || !(everySeconds >= 1 && everySeconds <= 86_400))
    throw invalid('everySeconds must be a number from 1 to 86400.')
  return work
}

/** @throws Fault invalid */
export function requireTile(tile: DashboardTile): DashboardTile {
  const { name, label, settings = [], styles = [] } = requireParts('tile', tile, '{ name, label, show }')
  if (typeof name !== 'string' || typeof label !== 'string' || label === '')
    throw invalid('A tile needs a name and a label, which are texts.')
  requireMethod('tile', tile, 'show')
  const isSetting = (one: unknown): boolean => isObject(one) && typeof one['name'] === 'string' && typeof one['label'] === 'string'
  if (!Array.isArray(settings) || !settings.every(isSetting))
    throw invalid(`The settings of the tile ${name} must be a list of { name, label, type }.`)
  if (!isTexts(styles)) throw invalid(`The styles of the tile ${name} must be a list of addresses.`)
  return tile
}

/** @throws Fault invalid */
export function requireFormat(format: DeviceFormat): DeviceFormat {
  const { name } = requireParts('devices', format, '{ name, read }')
  if (typeof name !== 'string') throw invalid('A format of devices needs a name, which is a text.')
  requireMethod('devices', format, 'read')
  return format
}

function requireParts<T extends object>(hook: string, given: T, parts: string): T {
  if (!isObject(given)) throw invalid(`host.${hook} takes ${parts}, and got ${kindOf(given)}.`)
  return given
}

const isTexts = (given: unknown): given is string[] => Array.isArray(given) && given.every((one) => typeof one === 'string')

const kindOf = (given: unknown): string => (given === null ? 'null' : Array.isArray(given) ? 'a list' : typeof given)
