/**
 * How much an organization stores: values and bytes, by controller. Counting yields to the event loop, and the result is cached for a
 * while.
 */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { requireAdministered } from './organizations.ts'
import { CONTROLLER_FOLDER, FILE, IMAGE, SEQUENCE, TEXT } from '../wire/resource-types.ts'
import { MINUTE, SECOND, type Micros } from '../base/time.ts'
import type { Resource } from '../tree/tree.ts'

/** How long a result is reused. */
const VALIDITY = 5 * MINUTE
/** Counting ends after this time; the rest is left out. */
const PATIENCE = 5 * SECOND
/** Number of resources in one query. */
const AT_ONCE = 200

export interface UsagePart {
  /** The controller; undefined: resources outside of controllers. */
  readonly controller: Resource | undefined
  sequences: number
  values: number
  /** Size of sealed values in the database; the newest values are not sealed yet. */
  valueBytes: number
  files: number
  /** Size of files and images, including earlier revisions. */
  fileBytes: number
}

export interface Usage {
  readonly counted: Micros
  /** Sorted by bytes, largest first. */
  readonly parts: readonly UsagePart[]
  /** Number of resources that were left out because counting took too long. */
  readonly leftOut: number
}

/** Recent results by organization; callers that ask while one is being counted wait for it. */
export class UsageCache {
  readonly #usages = new Map<number, { readonly since: Micros; readonly usage: Promise<Usage> }>()

  read(organizationId: number, now: Micros, count: () => Promise<Usage>): Promise<Usage> {
    const known = this.#usages.get(organizationId)
    if (known && now >= known.since && now - known.since < VALIDITY) return known.usage
    const usage = count()
    this.#usages.set(organizationId, { since: now, usage })
    usage.catch(() => this.#usages.delete(organizationId))
    return usage
  }
}

/** For admins of the organization. @throws Fault forbidden, not_found */
export async function readUsage(ctx: Context, actor: Actor, organizationId: number): Promise<Usage> {
  const organization = requireAdministered(ctx, actor, organizationId)
  const now = ctx.clock.now()
  return ctx.usage.read(organizationId, now, () => countUsage(ctx, organization, now))
}

async function countUsage(ctx: Context, organization: Resource, counted: Micros): Promise<Usage> {
  const parts = new Map<number, UsagePart>()
  const began = ctx.clock.monotonic()
  const withRevisions: [Resource, UsagePart][] = []
  let leftOut = 0
  for (const [resource, controller] of below(organization)) {
    if (ctx.turns.isOver()) await ctx.turns.next()
    const part = partOf(parts, controller)
    const { sequence } = resource
    if (resource.type === FILE || sequence?.dataType === IMAGE) withRevisions.push([resource, part])
    if (resource.type === FILE) part.files++
    if (resource.type !== SEQUENCE || !sequence) continue
    part.sequences++
    if (sequence.dataType === IMAGE) continue
    if (ctx.clock.monotonic() - began > PATIENCE) {
      leftOut++
      continue
    }
    const { count, bytes } = await ctx.sequences.info({ id: resource.id, isText: sequence.dataType === TEXT })
    part.values += count
    part.valueBytes += bytes
  }
  for (let at = 0; at < withRevisions.length; at += AT_ONCE) {
    if (ctx.clock.monotonic() - began > PATIENCE) {
      leftOut += withRevisions.length - at
      break
    }
    await countRevisions(ctx, withRevisions.slice(at, at + AT_ONCE))
    if (ctx.turns.isOver()) await ctx.turns.next()
  }
  const some = [...parts.values()].filter(({ controller, sequences, files }) => controller !== undefined || sequences + files > 0)
  return { counted, parts: some.sort((a, b) => b.valueBytes + b.fileBytes - a.valueBytes - a.fileBytes || b.values - a.values), leftOut }
}

async function countRevisions(ctx: Context, resources: readonly (readonly [Resource, UsagePart])[]): Promise<void> {
  const rows = await ctx.db
    .selectFrom('resource_revisions')
    .select(({ fn }) => ['resource_id', fn.countAll<number>().as('count'), fn.sum<number>('size').as('bytes')])
    .where(
      'resource_id',
      'in',
      resources.map(([{ id }]) => id),
    )
    .groupBy('resource_id')
    .execute()
  const byId = new Map(rows.map((row) => [row.resource_id, row]))
  for (const [resource, part] of resources) {
    const row = byId.get(resource.id)
    if (!row) continue
    part.fileBytes += row.bytes
    if (resource.type === SEQUENCE) part.values += row.count
  }
}

function partOf(parts: Map<number, UsagePart>, controller: Resource | undefined): UsagePart {
  const id = controller?.id ?? 0
  let part = parts.get(id)
  if (!part) parts.set(id, (part = { controller, sequences: 0, values: 0, valueBytes: 0, files: 0, fileBytes: 0 }))
  return part
}

/** All resources in an organization, each with the controller that contains it. */
function* below(folder: Resource, controller?: Resource): Generator<readonly [Resource, Resource | undefined]> {
  for (const child of [...folder.children.values()]) {
    const inside = child.type === CONTROLLER_FOLDER ? child : controller
    yield [child, inside]
    yield* below(child, inside)
  }
}
