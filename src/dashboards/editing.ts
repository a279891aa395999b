/** Writes tiles that were changed on the page back into the file, and keeps comments and what was not changed as people wrote it. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { Fault, invalid } from '../base/fault.ts'
import { isObject, parseJson } from '../base/json.ts'
import type { YamlReader } from '../base/yaml-reader.ts'
import { addRevision } from '../resources/files.ts'
import { requireWrite } from '../tree/permissions.ts'
import type { Resource } from '../tree/tree.ts'
import { MAX_DASHBOARD_BYTES, MAX_TILES, parseDashboard, type Dashboard } from './dashboard-file.ts'
import { readDashboardText } from './tile-data.ts'
import type { TileKind } from './tile-kind.ts'

/** A tile as it is to be. */
export interface WantedTile {
  /** Its number in the file, from 0; undefined: it is new. */
  readonly from: number | undefined
  /** All of its members as they stand in the file. */
  readonly tile: Readonly<Record<string, unknown>>
}

/** @param text JSON: `[{"from": 0, "tile": {"kind": "chart", …}}, …]` @throws Fault invalid */
export function parseWantedTiles(text: string): WantedTile[] {
  // As JSON the same tiles are about as long as in the file.
  if (text.length > 2 * MAX_DASHBOARD_BYTES) throw invalid(`tiles is longer than ${2 * MAX_DASHBOARD_BYTES} characters.`)
  const list = parseJson(text, 'tiles')
  if (!Array.isArray(list) || list.length > MAX_TILES) throw invalid(`tiles must be a list of at most ${MAX_TILES}.`)
  return list.map((one: unknown) => {
    if (!isObject(one) || !isObject(one['tile'])) throw invalid('tiles: each must have a tile with its members.')
    const { from } = one
    return { from: typeof from === 'number' ? from : undefined, tile: one['tile'] }
  })
}

/** The text with these tiles in place of its own. @throws Fault invalid where the result is no dashboard */
export async function writeTiles(
  yaml: YamlReader,
  text: string,
  wanted: readonly WantedTile[],
  kinds: ReadonlyMap<string, TileKind>,
): Promise<{ text: string; dashboard: Dashboard }> {
  const items = wanted.map(({ from, tile }) => ({ from, members: tile }))
  const written = await yaml.changeItems(text, { list: 'tiles', items, inLine: 'place' })
  return { text: written, dashboard: await parseDashboard(yaml, written, kinds).catch(withoutLine) }
}

/** A line of a text that nobody has seen says nothing. */
function withoutLine(error: unknown): never {
  if (error instanceof Fault && error.code === 'invalid') throw invalid(error.message.replace(/^line \d+: /, ''))
  throw error
}

/**
 * Saves tiles as a new revision.
 * @param base the revision that was changed
 * @returns the new revision's id
 * @throws Fault forbidden; invalid; conflict when another revision is the newest by now
 */
export async function saveTiles(ctx: Context, actor: Actor, file: Resource, wanted: readonly WantedTile[], base: number): Promise<number> {
  requireWrite(ctx, actor, file)
  const { text } = await readDashboardText(ctx, actor, file, base === 0 ? undefined : base)
  const written = await writeTiles(ctx.yaml, text, wanted, ctx.tileKinds.all)
  return addRevision(ctx, actor, file, Buffer.from(written.text), { base })
}

/** The dashboard as it would be with these tiles. Nothing is stored. @throws Fault forbidden, invalid */
export async function previewTiles(
  ctx: Context,
  actor: Actor,
  file: Resource,
  wanted: readonly WantedTile[],
  base: number,
): Promise<Dashboard> {
  requireWrite(ctx, actor, file)
  const { text } = await readDashboardText(ctx, actor, file, base === 0 ? undefined : base)
  return (await writeTiles(ctx.yaml, text, wanted, ctx.tileKinds.all)).dashboard
}
