/** Finds what paths of a dashboard stand for, for whoever reads it. What they may not read is told as such, and patterns pass over it. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { Fault, invalid, notFound } from '../base/fault.ts'
import { fitsPattern } from '../base/path-pattern.ts'
import { joinPath, quote, splitPath } from '../base/path.ts'
import { canRead, requireRead } from '../tree/permissions.ts'
import { requireResource } from '../tree/finding.ts'
import { isFolder, pathOf, type Resource } from '../tree/tree.ts'
import { compareNames } from '../tree/name-orders.ts'

/** Resources that one pattern looks at, that all patterns of a dashboard look at together, and sequences of one tile. */
const MAX_LOOKED_AT = 20_000
const MAX_LOOKED_AT_BY_ALL = 100_000
export const MAX_FOUND = 50

export class Paths {
  readonly #ctx: Context
  readonly #actor: Actor
  readonly #folder: string
  /** Paths of the chosen folders. */
  readonly #chosen: ReadonlyMap<string, string>
  /** Of folders that patterns looked through, by name. */
  readonly #children = new Map<number, readonly Resource[]>()
  #looked = 0

  /** @param folder that relative paths begin in: the dashboard's own */
  constructor(ctx: Context, actor: Actor, folder: string, chosen: ReadonlyMap<string, string>) {
    this.#ctx = ctx
    this.#actor = actor
    this.#folder = folder
    this.#chosen = chosen
  }

  /** @throws Fault not_found while a variable has no folder to choose */
  absolute(path: string): string {
    if (path.startsWith('/')) return path
    const [first = '', ...rest] = path.split('/')
    const [, name] = /^\$(\w+)$/.exec(first) ?? []
    const base = name === undefined ? this.#folder : this.#chosen.get(name)
    if (base === undefined) throw notFound(`There is no folder to choose for $${name ?? ''} that you may read.`)
    const levels = (name === undefined ? [first, ...rest] : rest).filter((level) => level !== '.')
    return levels.reduce(joinPath, base)
  }

  /** @throws Fault not_found, forbidden */
  one(path: string): Resource {
    const found = requireResource(this.#ctx, this.#actor, this.absolute(path))
    requireRead(this.#ctx, this.#actor, found)
    return found
  }

  /** @throws Fault not_found, forbidden; invalid for something else */
  folder(path: string): Resource {
    const found = this.one(path)
    if (!isFolder(found)) throw invalid(`${pathOf(found)} is not a folder.`)
    return found
  }

  /**
   * The sequences that a list of paths and patterns names, in its order, without repetition, and what was left out, in sentences. A path
   * that can't be read stops none of the others.
   * @param fits which of them the tile can show
   * @param what they are, for people: "numbers"
   */
  sequences(list: readonly string[], fits: (sequence: Resource) => boolean, what: string): { found: Resource[]; problems: string[] } {
    const found = new Set<Resource>()
    const problems: string[] = []
    for (const path of list) {
      try {
        if (path.includes('*')) {
          const matches = this.match(path, (one) => one.sequence !== undefined && fits(one))
          if (this.#looked > MAX_LOOKED_AT_BY_ALL)
            problems.push(`Not all that may fit ${quote(path)} was looked at: the dashboard's patterns name more than can be. Narrow them.`)
          else if (matches.length === 0) problems.push(`Nothing fits ${quote(path)} that holds ${what} and that you may read.`)
          for (const one of matches) found.add(one)
        } else found.add(this.sequence(path, fits, what))
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        problems.push(error.message)
      }
    }
    if (found.size > MAX_FOUND) problems.push(`Shown are the first ${MAX_FOUND} of ${found.size} sequences.`)
    return { found: [...found].slice(0, MAX_FOUND), problems }
  }

  /** @throws Fault not_found, forbidden; invalid where it is nothing that the tile can show */
  sequence(path: string, fits: (sequence: Resource) => boolean, what: string): Resource {
    const found = this.one(path)
    if (!found.sequence) throw invalid(`${pathOf(found)} is not a sequence.`)
    if (!fits(found)) throw invalid(`${pathOf(found)} does not hold ${what}, which this tile shows.`)
    return found
  }

  /** What fits a pattern and may be read, by name. */
  match(pattern: string, fits: (one: Resource) => boolean): Resource[] {
    const levels = splitPath(this.absolute(pattern))
    const fixed = levels.findIndex((level) => level.includes('*'))
    const prefix = fixed === -1 ? levels : levels.slice(0, fixed)
    const wanted = levels.slice(prefix.length)
    const top = prefix.length === 0 ? undefined : this.#ctx.tree.descend(prefix)
    if (!top) return []
    if (wanted.length === 0) return fits(top) && canRead(this.#ctx, this.#actor, top) ? [top] : []
    const [isDeep, below] = [wanted.includes('**'), wanted.join('/')]
    const found: Resource[] = []
    let looked = 0
    const walk = (folder: Resource, names: readonly string[]): void => {
      for (const child of this.#childrenOf(folder)) {
        if (++looked > MAX_LOOKED_AT || ++this.#looked > MAX_LOOKED_AT_BY_ALL) return
        const path = [...names, child.name]
        if (fits(child) && fitsPattern(below, path) && canRead(this.#ctx, this.#actor, child)) found.push(child)
        if (isFolder(child) && (isDeep || path.length < wanted.length)) walk(child, path)
      }
    }
    walk(top, [])
    return found
  }

  /** By name; of a huge folder as many as any pattern looks at. */
  #childrenOf(folder: Resource): readonly Resource[] {
    const known = this.#children.get(folder.id)
    if (known) return known
    const children: Resource[] = []
    for (const child of folder.children.inOrder()) if (children.push(child) >= MAX_LOOKED_AT) break
    children.sort(compareNames)
    this.#children.set(folder.id, children)
    return children
  }
}
