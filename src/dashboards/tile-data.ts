/** Reads a dashboard: the file, the folders that are chosen, and what its tiles show, any number of them at once. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { Fault, invalid } from '../base/fault.ts'
import { readText } from '../resources/text-content.ts'
import { canRead } from '../tree/permissions.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { listActiveAlerts, type ActiveAlert } from '../watching/active-alerts.ts'
import type { TileAnswer } from '../wire/dashboard-answers.ts'
import { MAX_DASHBOARD_BYTES, parseDashboard, type Dashboard, type Tile } from './dashboard-file.ts'
import { Paths } from './places.ts'
import type { TileKind, TileRequest } from './tile-kind.ts'
import { chosenPaths, readChoices, type Choice } from './variables.ts'

export interface OpenDashboard {
  readonly file: Resource
  /** Path of the folder that it is in. */
  readonly folder: string
  /** Of the file; 0 while it has no content. */
  readonly revision: number
  readonly text: string
  readonly dashboard: Dashboard
  readonly choices: readonly Choice[]
}

/** The text of a dashboard, whatever it says. @throws Fault forbidden; invalid, too_large where it can be none; not_found */
export async function readDashboardText(
  ctx: Context,
  actor: Actor,
  file: Resource,
  revisionId?: number,
): Promise<{ text: string; revision: number }> {
  const { text, isWhole, revision } = await readText(ctx, actor, file, { limit: MAX_DASHBOARD_BYTES, revisionId })
  if (!isWhole) throw new Fault('too_large', `${pathOf(file)} is larger than ${MAX_DASHBOARD_BYTES} bytes, which no dashboard is.`)
  if (text === undefined) throw invalid(`${pathOf(file)} is no text, so it is no dashboard.`)
  return { text, revision: revision?.id ?? 0 }
}

/**
 * @param wanted folders that the address chooses, by the names of variables
 * @throws Fault forbidden; invalid with the line of what is wrong
 */
export async function openDashboard(
  ctx: Context,
  actor: Actor,
  file: Resource,
  wanted: Readonly<Record<string, string | undefined>>,
  { revisionId }: { revisionId?: number | undefined } = {},
): Promise<OpenDashboard> {
  const { text, revision } = await readDashboardText(ctx, actor, file, revisionId)
  const dashboard = await parseDashboard(ctx.yaml, text, ctx.tileKinds.all)
  const folder = file.parent ? pathOf(file.parent) : '/'
  return { file, folder, revision, text, dashboard, choices: readChoices(ctx, actor, folder, dashboard, wanted) }
}

/**
 * What tiles show to a reader. What can't be read is a problem of its tile alone.
 * @param room points that a chart has room for
 * @param only their numbers, from 0; all by default
 */
export async function readTiles(
  ctx: Context,
  actor: Actor,
  { dashboard, folder, choices }: Pick<OpenDashboard, 'dashboard' | 'folder' | 'choices'>,
  { room, only }: { room: number; only?: readonly number[] | undefined },
): Promise<TileAnswer[]> {
  const paths = new Paths(ctx, actor, folder, chosenPaths(choices))
  let reading: Promise<readonly ActiveAlert[]> | undefined
  const alerts = (): Promise<readonly ActiveAlert[]> => (reading ??= listActiveAlerts(ctx, actor))
  const answers: TileAnswer[] = []
  for (const [tile, { kind, settings }] of dashboard.tiles.entries()) {
    if (only && !only.includes(tile)) continue
    answers.push({ tile, kind: kind.name, ...(await readTile(kind, { ctx, actor, settings, paths, room, alerts })) })
    if (ctx.turns.isOver()) await ctx.turns.next()
  }
  return answers
}

async function readTile(kind: TileKind, request: TileRequest): Promise<Pick<TileAnswer, 'data' | 'problem' | 'note'>> {
  try {
    const { data, note } = await kind.read(request)
    return { data, ...(note === undefined ? {} : { note }) }
  } catch (error) {
    if (error instanceof Fault && error.code !== 'internal') return { problem: error.message }
    throw error
  }
}

/** The sequences whose values change what the tiles show, of those that the reader may read. */
export function followedSequences(ctx: Context, actor: Actor, { dashboard, folder, choices }: OpenDashboard): Resource[] {
  const paths = new Paths(ctx, actor, folder, chosenPaths(choices))
  return [...new Set(dashboard.tiles.flatMap((tile) => followedBy(tile, paths)))]
}

/** Folders that a page listens to: each costs the server a subscription. */
const MAX_HEARD = 100

/**
 * The folders whose values a page hears. Where `isWhole` is false there are sequences that the reader may read, in folders that they may
 * not, or in too many: those have to be read again now and then.
 */
export function heardFolders(ctx: Context, actor: Actor, open: OpenDashboard): { folders: string[]; isWhole: boolean } {
  const parents = new Set(followedSequences(ctx, actor, open).flatMap(({ parent }) => (parent ? [parent] : [])))
  const heard = [...parents].filter((one) => canRead(ctx, actor, one)).slice(0, MAX_HEARD)
  return { folders: heard.map(pathOf), isWhole: heard.length === parents.size }
}

function followedBy({ kind, settings }: Tile, paths: Paths): readonly Resource[] {
  try {
    return kind.follows?.({ settings, paths }) ?? []
  } catch (error) {
    if (error instanceof Fault) return []
    throw error
  }
}
