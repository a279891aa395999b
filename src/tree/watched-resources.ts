/**
 * Resources that workers look at again and again, and which therefore stay in memory: controllers, what has alert rules, and folders with
 * rules for what is in them.
 */
import { fitsPattern } from '../base/path-pattern.ts'
import type { TreeSource } from '../database/tree-source.ts'
import { CONTROLLER_FOLDER } from '../wire/resource-types.ts'
import { effectiveRules, hasPatterns } from './alert-inheritance.ts'
import { KeptChildren, type CachedResource } from './resource-cache.ts'
import { isWithin, type Resource } from './resource.ts'

type Find = (id: number) => CachedResource | undefined

export class WatchedResources {
  readonly #source: TreeSource | undefined
  readonly controllers = new Set<CachedResource>()
  readonly alerted = new Set<CachedResource>()
  readonly patterned = new Set<CachedResource>()
  readonly #rulesWatchers = new Set<() => void>()
  #rulesVersion = 0

  constructor(source: TreeSource | undefined) {
    this.#source = source
  }

  /** Increases whenever other alert rules hold for a resource than before. */
  get rulesVersion(): number {
    return this.#rulesVersion
  }

  /** Hears each time that {@link rulesVersion} increases. @returns its own end */
  watchRules(watcher: () => void): () => void {
    this.#rulesWatchers.add(watcher)
    return () => this.#rulesWatchers.delete(watcher)
  }

  #rulesChanged(): void {
    this.#rulesVersion++
    for (const watcher of this.#rulesWatchers) watcher()
  }

  /** Looks at a resource that has just come into memory. */
  take(resource: CachedResource): void {
    if (resource.type === CONTROLLER_FOLDER) {
      resource.isShared = true
      this.controllers.add(resource)
    }
    this.settle(resource)
  }

  /** Finds out again which rules hold for a resource itself. */
  settle(resource: CachedResource): void {
    const rules = effectiveRules(resource)
    const isNew = rules !== resource.alerts || (rules !== undefined && !this.alerted.has(resource))
    resource.alerts = rules
    put(this.alerted, resource, rules !== undefined)
    put(this.patterned, resource, hasPatterns(resource))
    if (isNew) this.#rulesChanged()
  }

  /** {@link settle} for a resource and everything below it. */
  settleBelow(resource: CachedResource, find: Find): void {
    this.settle(resource)
    for (const one of [...this.alerted]) if (isWithin(one, resource)) this.settle(one)
    if (!this.#source) {
      const below = childrenInMemory(resource)
      for (let next = below.pop(); next; next = below.pop()) {
        this.settle(next)
        below.push(...childrenInMemory(next))
      }
      return
    }
    const patterns = patternsAbove(resource)
    for (const { id, path } of this.#source.sequencesBelow(resource.id)) {
      const names = path.slice(1).split('/')
      if (!patterns.some(({ pattern, names: above }) => fitsPattern(pattern, [...above, ...names]))) continue
      const sequence = find(id)
      if (sequence) this.settle(sequence)
    }
  }

  /** After a start: what is below folders with patterns. */
  settleAll(find: Find): void {
    for (const folder of [...this.patterned]) this.settleBelow(folder, find)
  }

  /** Whether rules of a folder, or of one above it, may hold for what is below. */
  reaches(resource: Resource): boolean {
    if (this.patterned.size === 0) return false
    for (let at: Resource | undefined = resource; at; at = at.parent) if (hasPatterns(at)) return true
    return false
  }

  /** Those below a resource, and it. */
  within(ancestor: Resource): CachedResource[] {
    return [...this.controllers, ...this.alerted, ...this.patterned].filter((one) => isWithin(one, ancestor))
  }

  delete(resource: CachedResource): void {
    this.controllers.delete(resource)
    this.patterned.delete(resource)
    if (this.alerted.delete(resource)) this.#rulesChanged()
  }

  clear(): void {
    this.controllers.clear()
    this.alerted.clear()
    this.patterned.clear()
    this.#rulesChanged()
  }
}

function put(set: Set<CachedResource>, resource: CachedResource, belongs: boolean): void {
  if (!belongs) return void set.delete(resource)
  // Held here for longer than the cache may keep it.
  resource.isShared = true
  set.add(resource)
}

const childrenInMemory = ({ children }: CachedResource): CachedResource[] =>
  children instanceof KeptChildren ? [...children.kept.values()] : []

/** Patterns of a resource and of folders above it, with the names that lead from each folder to the resource. */
function patternsAbove(resource: Resource): { pattern: string; names: readonly string[] }[] {
  const found: { pattern: string; names: readonly string[] }[] = []
  const names: string[] = []
  for (let at: Resource | undefined = resource; at; at = at.parent) {
    for (const { pattern } of at.ownAlerts ?? []) if (pattern !== undefined) found.push({ pattern, names: [...names] })
    names.unshift(at.name)
  }
  return found
}
