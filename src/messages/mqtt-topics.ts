/**
 * What MQTT topics stand for, and who may publish and hear there. A topic is a path without its leading slash: of a
 * folder (messages), of a sequence (bare values), or beneath a folder where no resource is. The last, which devices use
 * among themselves, goes with the permissions of the folder that it lies in.
 */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { Fault, forbidden, invalid, notFound } from '../base/fault.ts'
import { MAX_PATH_BYTES, MAX_PATH_LEVELS, quote, splitPath } from '../base/path.ts'
import { refuseMissing } from '../tree/finding.ts'
import { canRead, mayKnow, requireRead, requireWrite } from '../tree/permissions.ts'
import { isFolder, pathOf, type Resource } from '../tree/tree.ts'

export interface Topic {
  readonly name: string
  readonly kind: 'folder' | 'sequence' | 'beneath'
  /** The folder, the sequence, or the folder that it lies beneath. */
  readonly resource: Resource
}

/** Topics remembered at most. */
const MAX_KNOWN = 20_000

/** Topics by their names and the other way round, as long as the tree stays as it is. */
export class Topics {
  readonly #ctx: Context
  readonly #known = new Map<string, Topic>()
  readonly #names = new Map<Resource, string>()
  #version = -1

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  /** @throws Fault invalid when nothing can be published there, not_found when no folder is above it */
  resolve(name: string): Topic {
    this.#refresh()
    let topic = this.#known.get(name)
    if (!topic) {
      if (this.#known.size >= MAX_KNOWN) this.#known.clear()
      this.#known.set(name, (topic = findTopic(this.#ctx, name)))
    }
    return topic
  }

  /** The topic of a folder or sequence. */
  nameOf(resource: Resource): string {
    this.#refresh()
    let name = this.#names.get(resource)
    if (name === undefined) {
      if (this.#names.size >= MAX_KNOWN) this.#names.clear()
      this.#names.set(resource, (name = pathOf(resource).slice(1)))
    }
    return name
  }

  #refresh(): void {
    const { version } = this.#ctx.tree
    if (this.#version === version) return
    this.#version = version
    this.#known.clear()
    this.#names.clear()
  }
}

/**
 * What a topic stands for, to somebody who publishes or subscribes there.
 * @throws Fault like {@link Topics.resolve}; forbidden in a place that the actor may not read, whether something is there or not
 */
export function requireTopic(ctx: Context, actor: Actor, name: string, resolve: (name: string) => Topic): Topic {
  const names = (): string[] => splitPath(`/${name}`, 'topic')
  let topic: Topic
  try {
    topic = resolve(name)
  } catch (error) {
    throw error instanceof Fault && !name.startsWith('/') ? refuseMissing(ctx, actor, names(), error) : error
  }
  if (!mayKnow(ctx, actor, topic.resource)) throw refuseMissing(ctx, actor, names(), notFound(`topic ${quote(name)} is gone.`))
  return topic
}

function findTopic(ctx: Context, name: string): Topic {
  if (name.startsWith('/')) throw invalid(`topic ${quote(name)} begins with a slash: topics are paths without it.`)
  const names = splitPath(`/${name}`, 'topic')
  const found = findNearest(ctx, names)
  if (!found) throw notFound(`topic ${quote(name)}: there is no folder ${quote(`/${names[0] ?? ''}`)}.`)
  const { resource, depth } = found
  if (depth < names.length) {
    // Devices have topics below that of a value, which goes to the sequence: it is no reason to hear nothing else there.
    const folder = resource.sequence ? resource.parent : resource
    if (folder && isFolder(folder)) return { name, kind: 'beneath', resource: folder }
  } else {
    if (isFolder(resource)) return { name, kind: 'folder', resource }
    if (resource.sequence) return { name, kind: 'sequence', resource }
  }
  throw invalid(`topic ${quote(name)}: ${pathOf(resource)} is neither a folder nor a sequence.`)
}

/** The last resource along the names that exists. */
function findNearest(ctx: Context, names: readonly string[]): { resource: Resource; depth: number } | undefined {
  let resource = ctx.tree.descend(names.slice(0, 1))
  if (!resource) return undefined
  let depth = 1
  for (; depth < names.length; depth++) {
    const child: Resource | undefined = resource.children.get(names[depth] ?? '')
    if (!child) break
    resource = child
  }
  return { resource, depth }
}

/** For topics whose messages only pass from client to client. @throws Fault forbidden */
export function requirePublish(ctx: Context, actor: Actor, topic: Topic): void {
  requireWrite(ctx, actor, topic.resource)
}

/**
 * Whether somebody may subscribe. One topic has to be readable; of a filter with wildcards something that it may match,
 * since each message is looked at again when it is delivered.
 * @throws Fault invalid, not_found, forbidden
 */
export function requireSubscribe(ctx: Context, actor: Actor, filter: string): void {
  if (filter.startsWith('$')) throw forbidden(`topic ${quote(filter)}: this server has no topics that begin with "$".`)
  if (filter.startsWith('/')) throw invalid(`topic ${quote(filter)} begins with a slash: topics are paths without it.`)
  if (Buffer.byteLength(filter) > MAX_PATH_BYTES) throw invalid(`topic is longer than ${MAX_PATH_BYTES} bytes.`)
  const levels = filter.split('/')
  if (levels.length > MAX_PATH_LEVELS + 1) throw invalid(`topic has more than ${MAX_PATH_LEVELS} levels: ${quote(filter)}`)
  const wildcard = levels.findIndex((level) => level === '+' || level === '#')
  if (wildcard < 0) {
    const { resource } = requireTopic(ctx, actor, filter, (name) => findTopic(ctx, name))
    requireRead(ctx, actor, resource)
    return
  }
  const nearest = wildcard === 0 ? undefined : findNearest(ctx, levels.slice(0, wildcard))
  if (wildcard > 0 && !nearest) throw notFound(`topic ${quote(filter)}: there is no folder ${quote(`/${levels[0] ?? ''}`)}.`)
  const roots = nearest ? [nearest.resource] : [...ctx.tree.roots]
  if (!roots.some((root) => canReadWithin(ctx, actor, root))) throw forbidden(`You may not read anything that ${quote(filter)} names.`)
}

/** What one subscriber was found to be able to read within some places, while nothing changes. */
interface Found {
  readonly version: number
  readonly within: Map<number, boolean>
  /** Resources that were looked at. */
  looks: number
}

/** Most resources that are looked at for one subscriber between two changes. */
const MAX_LOOKS = 1_000
const found = new WeakMap<Actor, Found>()

/** Past the bound it is taken to be so: what is delivered is what they may read, in any case. */
function canReadWithin(ctx: Context, actor: Actor, root: Resource): boolean {
  const { version } = ctx.tree
  let known = found.get(actor)
  if (known?.version !== version) found.set(actor, (known = { version, within: new Map(), looks: 0 }))
  let answer = known.within.get(root.id)
  if (answer === undefined) known.within.set(root.id, (answer = findReadable(ctx, actor, root, known)))
  return answer
}

function findReadable(ctx: Context, actor: Actor, root: Resource, known: Found): boolean {
  const waiting = [root]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (canRead(ctx, actor, next)) return true
    for (const child of next.children.values()) {
      if (++known.looks > MAX_LOOKS) return true
      waiting.push(child)
    }
  }
  return false
}

/**
 * Folders and resources whose topic fits a filter. `isWide`: only by a `#` that stands for more than the level above it,
 * which brings messages of folders but not the bare values of sequences. Yields undefined for each that was looked at in vain, so that
 * others may have their turn.
 */
export function* resourcesFitting(
  ctx: Pick<Context, 'tree'>,
  filter: string,
): Generator<{ resource: Resource; isWide: boolean } | undefined> {
  const levels = filter.split('/')
  const first = levels[0] ?? ''
  const root = first === '+' || first === '#' ? undefined : ctx.tree.descend([first])
  yield* fittingAmong(root ? [root] : first === '+' || first === '#' ? ctx.tree.roots : [], levels, 0)
}

/** @param candidates those at this level that fit its name */
function* fittingAmong(
  candidates: Iterable<Resource>,
  levels: readonly string[],
  depth: number,
): Generator<{ resource: Resource; isWide: boolean } | undefined> {
  for (const resource of candidates) {
    if (levels[depth] === '#') {
      yield { resource, isWide: true }
      yield* fittingAmong(resource.children.values(), levels, depth)
    } else if (depth === levels.length - 1) yield { resource, isWide: false }
    else {
      const next = levels[depth + 1] ?? ''
      yield next === '#' ? { resource, isWide: false } : undefined
      const child = resource.children.get(next)
      yield* fittingAmong(next === '+' || next === '#' ? resource.children.values() : child ? [child] : [], levels, depth + 1)
    }
  }
}
