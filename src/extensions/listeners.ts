/** What extensions hear of, after it was committed: as much as their own actor may read. */
import type { Context } from '../context.ts'
import type { Actor } from '../tree/actor.ts'
import { canRead } from '../tree/permissions.ts'
import { pathOf } from '../tree/tree.ts'
import type { HookOwner } from './hook-calls.ts'
import type { MessageNews, NewValue, ResourceNews, ValueNews } from './interface.ts'
import { News } from './news.ts'
import type { OwnActor } from './own-actor.ts'

type Listening = HookOwner & { readonly actor: Pick<OwnActor, 'now'> }

/** @param paths undefined: of all that the actor may read @returns its own end */
export function hearValues(
  ctx: Context,
  owner: Listening,
  paths: readonly string[] | undefined,
  listener: (news: ValueNews) => unknown,
): () => void {
  const news = new News<NewValue>(owner, 'the listener of values', (values, gap) => listener({ values, gap }))
  const isWanted = wantedBy(ctx, paths)
  return ctx.hub.on('valuesCommitted', ({ sequences, times, values, shown, masked, how }) => {
    if (how === 'image' || how === 'shown') return
    const actor: Actor = owner.actor.now
    const left = shown.length + masked.length === 0 ? undefined : new Set([...shown, ...masked])
    for (const [at, id] of sequences.entries()) {
      if (left?.has(at) === true || !isWanted(id)) continue
      const sequence = ctx.tree.byId(id)
      if (sequence && canRead(ctx, actor, sequence)) news.add({ path: pathOf(sequence), time: times[at] ?? 0, value: values[at] ?? '' })
    }
  })
}

/** Whether a sequence is at one of the paths, whatever is moved there. */
function wantedBy({ tree }: Pick<Context, 'tree'>, paths: readonly string[] | undefined): (id: number) => boolean {
  if (paths === undefined) return () => true
  let version = -1
  let ids = new Set<number>()
  return (id) => {
    if (version !== tree.version) {
      version = tree.version
      ids = new Set(paths.flatMap((path) => tree.find(path)?.id ?? []))
    }
    return ids.has(id)
  }
}

/** @returns its own end */
export function hearMessages(ctx: Context, owner: Listening, listener: (news: MessageNews) => unknown): () => void {
  const news = new News<MessageNews>(owner, 'the listener of messages', async (all) => {
    for (const one of all) await listener(one)
  })
  return ctx.hub.tap({
    deliver: ({ type, parameters, timestamp }, folder, sequence) => {
      if (sequence || !canRead(ctx, owner.actor.now, folder)) return
      news.add({ folder: pathOf(folder), type, parameters, time: timestamp })
    },
  })
}

/** @returns its own end */
export function hearResources(ctx: Context, owner: Listening, listener: (news: ResourceNews) => unknown): () => void {
  const news = new News<ResourceNews>(owner, 'the listener of resources', async (all) => {
    for (const one of all) await listener(one)
  })
  return ctx.tree.watch(({ what, resource }) => {
    if (canRead(ctx, owner.actor.now, resource)) news.add({ what, id: resource.id, path: pathOf(resource) })
  })
}
