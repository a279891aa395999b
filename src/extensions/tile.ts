/** Kinds of tiles that extensions bring to dashboards. */
import { Fault, invalid } from '../base/fault.ts'
import { quote } from '../base/path.ts'
import type { Context } from '../context.ts'
import type { TileKind, TileRequest } from '../dashboards/tile-kind.ts'
import { USUAL_SIZE } from '../dashboards/tile-kinds.ts'
import { pathOf } from '../tree/tree.ts'
import { COLUMNS, MAX_HEIGHT } from '../wire/dashboard-answers.ts'
import { callHook, type HookOwner } from './hook-calls.ts'
import { isHtml } from './html.ts'
import type { DashboardTile, TileValues } from './interface.ts'
import { callerOf, labAccess } from './lab-access.ts'

const TYPES = ['text', 'count', 'folder', 'sequences']
/** What every tile has beside its settings. */
const TAKEN = ['kind', 'title', 'place']

/** @returns its own end @throws Fault invalid for what is no kind of tiles; conflict for one of the same name */
export function addTile({ tileKinds }: Pick<Context, 'tileKinds'>, owner: HookOwner, tile: DashboardTile): () => void {
  const { name, label, settings = [], size = USUAL_SIZE, styles = [] } = tile
  if (!/^[a-z0-9-]{1,40}$/.test(name))
    throw invalid(`${quote(name)} is no name of a tile: use up to 40 lower-case letters, digits and hyphens.`)
  for (const setting of settings)
    if (!/^[a-z][a-z0-9_]{0,30}$/.test(setting.name) || TAKEN.includes(setting.name) || !TYPES.includes(setting.type))
      throw invalid(`The tile ${name} has a setting ${quote(setting.name)} that can't be: its type is one of ${TYPES.join(', ')}.`)
  const fits = (count: number, most: number): boolean => Number.isInteger(count) && count >= 1 && count <= most
  if (!fits(size.width, COLUMNS) || !fits(size.height, MAX_HEIGHT))
    throw invalid(`The tile ${name} can be 1 to ${COLUMNS} columns wide and 1 to ${MAX_HEIGHT} rows high.`)
  const kind: TileKind = {
    name: `ext:${owner.name}:${name}`,
    label,
    settings,
    size,
    styles,
    isPolled: true,
    read: async (request) => ({ data: { html: await show(owner, tile, request) } }),
  }
  return tileKinds.add(kind)
}

/** @throws Fault what the tile shows in place of its content, when the extension refuses or fails */
async function show(owner: HookOwner, tile: DashboardTile, request: TileRequest): Promise<string> {
  const { ctx, actor } = request
  const settings = valuesOf(tile, request)
  try {
    return await callHook(owner, `the tile ${tile.name}`, async () => {
      const shown = await tile.show({ settings, caller: callerOf(actor), lab: labAccess(ctx, () => actor) })
      if (!isHtml(shown)) throw new Error('show must return HTML of host.html')
      return shown.html
    })
  } catch (error) {
    // One that fails harms none of the other tiles.
    if (error instanceof Fault && error.code === 'internal') throw new Fault('busy', error.message)
    throw error
  }
}

/** Settings with absolute paths. @throws Fault not_found, forbidden */
function valuesOf({ settings = [] }: DashboardTile, { settings: given, paths }: TileRequest): TileValues {
  const values: Record<string, TileValues[string]> = {}
  for (const { name, type } of settings) {
    const value = given[name]
    if (type === 'folder') values[name] = pathOf(paths.folder(typeof value === 'string' ? value : '.'))
    else if (type === 'sequences')
      values[name] = paths.sequences((value ?? []) as string[], ({ sequence }) => sequence !== undefined, 'values').found.map(pathOf)
    else if (typeof value === 'string' || typeof value === 'number') values[name] = value
  }
  return values
}
