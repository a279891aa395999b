/** `?view=tiles`: what tiles show, many in one answer; and, as a POST, tiles that are to be saved or tried. */
import { Fault, invalid } from '../../../../src/base/fault.ts'
import { parseWantedTiles, previewTiles, saveTiles } from '../../../../src/dashboards/editing.ts'
import { heardFolders, openDashboard, readTiles, type OpenDashboard } from '../../../../src/dashboards/tile-data.ts'
import { chosenNames, readChoices } from '../../../../src/dashboards/variables.ts'
import { fillIn } from '../../../../src/dashboards/path-forms.ts'
import type { ChartData } from '../../../../src/dashboards/tiles/chart.ts'
import { meanOf } from '../../../../src/storage/sequence-store.ts'
import { pathOf, type Resource } from '../../../../src/tree/tree.ts'
import type { TileAnswer } from '../../../../src/wire/dashboard-answers.ts'
import { revisionOf } from '../file/raw.ts'
import { replyJson } from '../../json-reply.ts'
import type { Fields, PageRequest } from '../../page.ts'
import { packPoints } from '../../shared/packed-points.ts'
import type { ChartTileData, TilesReply } from '../../shared/dashboard-tiles.ts'

/** Points of a chart, unless the page says what it has room for. */
const [ROOM, LEAST_ROOM, MOST_ROOM] = [400, 50, 4_000]

/** @throws Fault forbidden, invalid */
export async function replyTiles({ ctx, actor, query, incoming }: PageRequest, file: Resource): Promise<Response> {
  const open = await openDashboard(ctx, actor, file, query, { revisionId: revisionOf(query, 'rev') })
  const only = query['only']
    ?.split(',')
    .slice(0, open.dashboard.tiles.length)
    .map(Number)
    .filter((tile) => Number.isInteger(tile))
  const answers = await readTiles(ctx, actor, open, { room: roomIn(query), only })
  const reply: TilesReply = {
    now: ctx.clock.now(),
    revision: open.revision,
    // With the whole of it: a page then sees that there are others by now.
    ...(only ? {} : { folders: heardFolders(ctx, actor, open).folders }),
    answers: answers.map(packCharts),
  }
  return replyJson({ ctx, incoming }, reply)
}

/**
 * `act=save` stores the tiles as a new revision; `act=try` answers with what one of them would show.
 * @throws Fault forbidden, invalid, conflict
 */
export async function changeTiles(request: PageRequest, file: Resource): Promise<Response> {
  const { ctx, form, incoming } = request
  try {
    return await replyJson({ ctx, incoming }, await change(request, file))
  } catch (error) {
    // The script shows the sentence where the tile is edited.
    if (error instanceof Fault && error.code !== 'internal' && error.needs === undefined && form['act'] !== undefined)
      return replyJson({ ctx, incoming }, { problem: error.message, code: error.code })
    throw error
  }
}

async function change({ ctx, actor, form, query, markdown }: PageRequest, file: Resource): Promise<object> {
  const wanted = parseWantedTiles(form['tiles'] ?? '')
  const base = Number(form['base'])
  if (!Number.isSafeInteger(base) || base < 0) throw invalid('base must be the number of the revision that was changed.')
  if (form['act'] === 'save') return { revision: await saveTiles(ctx, actor, file, wanted, base) }
  if (form['act'] !== 'try') throw invalid('act must be save or try.')
  const dashboard = await previewTiles(ctx, actor, file, wanted, base)
  const folder = file.parent ? pathOf(file.parent) : '/'
  const choices = readChoices(ctx, actor, folder, dashboard, query)
  const tile = Number(form['tile'])
  const [answer] = await readTiles(ctx, actor, { dashboard, folder, choices }, { room: roomIn(query), only: [tile] })
  if (!answer) throw invalid(`There is no tile ${tile}.`)
  const title = titleOf(dashboard.tiles[tile], choices)
  return { answer: packCharts(answer), title, html: await htmlOf(answer, { folder, choices }, markdown) }
}

/** A text tile as HTML, laid out beside the main thread; undefined for other kinds. */
export async function htmlOf(
  { kind, data }: Pick<TileAnswer, 'kind' | 'data'>,
  { folder, choices }: Pick<OpenDashboard, 'folder' | 'choices'>,
  renderer: PageRequest['markdown'],
): Promise<string | undefined> {
  if (kind !== 'text' || data === undefined) return undefined
  return renderer.render({ text: fillIn((data as { text: string }).text, chosenNames(choices)), folder })
}

/** What stands above a tile: its title, or what it is about; nothing above a text, which has headings of its own. */
export function titleOf(tile: OpenDashboard['dashboard']['tiles'][number] | undefined, choices: OpenDashboard['choices']): string {
  if (!tile) return ''
  if (tile.title !== undefined) return fillIn(tile.title, chosenNames(choices))
  if (tile.kind.name === 'text') return ''
  const paths = [tile.settings['sequence'], tile.settings['sequences']].flat().filter((path) => typeof path === 'string')
  const [first = ''] = paths
  return paths.length === 1 && !first.includes('*') ? (first.split('/').at(-1) ?? '') : tile.kind.label
}

/** Points in a fifth of the room. */
function packCharts(answer: TileAnswer): TileAnswer {
  if (answer.kind !== 'chart' || answer.data === undefined) return answer
  const { lines, ...span } = answer.data as ChartData
  const data: ChartTileData = {
    ...span,
    lines: lines.map((line) => ({ ...line, points: packPoints(line.points.map((summary) => ({ ...summary, mean: meanOf(summary) }))) })),
  }
  return { ...answer, data }
}

function roomIn(query: Fields): number {
  const room = Number(query['room'] ?? ROOM)
  return Number.isInteger(room) ? Math.min(Math.max(room, LEAST_ROOM), MOST_ROOM) : ROOM
}
