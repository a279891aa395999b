/** Secret links to what there is, dashboards among it: those show what their tiles name when the link is made. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { Fault } from '../base/fault.ts'
import { createLink, type MadeLink, type NewLink } from '../people/secret-links.ts'
import type { Resource } from '../tree/tree.ts'
import { FILE } from '../wire/resource-types.ts'
import { isDashboardName } from './dashboard-file.ts'
import { Paths } from './places.ts'
import { followedSequences, openDashboard, type OpenDashboard } from './tile-data.ts'
import { chosenPaths } from './variables.ts'

/** @throws Fault as {@link createLink} */
export async function shareResource(ctx: Context, actor: Actor, place: Resource, options: NewLink = {}): Promise<MadeLink> {
  const shown = place.type === FILE && isDashboardName(place.name) ? await shownBy(ctx, actor, place) : {}
  return createLink(ctx, actor, place, { ...options, ...shown })
}

/** What a dashboard shows to its maker, whatever is chosen on it. A path begins with one variable at most, so each is tried by itself. */
async function shownBy(ctx: Context, actor: Actor, file: Resource): Promise<{ also: Resource[]; alone: Resource[] }> {
  const open = await openDashboard(ctx, actor, file, {}).catch((error: unknown) => {
    // A file that is no dashboard yet shows nothing beside itself.
    if (error instanceof Fault && error.code === 'invalid') return undefined
    throw error
  })
  if (!open) return { also: [], alone: [] }
  const [also, alone] = [new Set<Resource>(), new Set(open.choices.flatMap(({ folders }) => folders))]
  const add = (chosen: OpenDashboard): void => {
    for (const one of followedSequences(ctx, actor, chosen)) also.add(one)
    for (const one of namedFolders(ctx, actor, chosen)) alone.add(one)
  }
  add(open)
  for (const [at, { folders }] of open.choices.entries())
    for (const folder of folders) {
      if (ctx.turns.isOver()) await ctx.turns.next()
      add({ ...open, choices: open.choices.map((choice, other) => (other === at ? { ...choice, chosen: folder } : choice)) })
    }
  return { also: [...also], alone: [...alone] }
}

/** Folders that tiles are about, such as those whose alerts they list: of what is in them only what other tiles name is shown. */
function namedFolders(ctx: Context, actor: Actor, { file, folder, dashboard, choices }: OpenDashboard): Resource[] {
  const paths = new Paths(ctx, actor, folder, chosenPaths(choices))
  return dashboard.tiles.flatMap(({ kind, settings }) =>
    kind.settings
      .filter(({ type }) => type === 'folder')
      .flatMap(({ name }) => {
        const given = settings[name]
        if (typeof given !== 'string') return file.parent ?? []
        try {
          return paths.folder(given)
        } catch (error) {
          if (error instanceof Fault) return []
          throw error
        }
      }),
  )
}
