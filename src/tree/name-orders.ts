/**
 * Children of folders in the order in which people look at them. Reading and sorting ten thousand names takes some 30 ms, so an order is
 * kept, as ids alone, until something is moved, removed or permitted to others; what is added is put into its place.
 */
import { sortInTurns } from '../base/long-lists.ts'
import type { Turns } from '../base/turns.ts'
import type { Resource } from './resource.ts'

/** Orders of smaller folders are made each time. */
const LEAST_KEPT = 250
/** Ids that are kept, of all folders: 8 bytes each. */
const MAX_KEPT = 500_000
/** Steps of putting added ones into their places; above that the folder is read again. */
const MAX_STEPS = 5_000_000

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** Compares names in natural order: `fridge 2` before `fridge 10`. */
export const compareNames = (a: { name: string }, b: { name: string }): number =>
  collator.compare(a.name, b.name) || (a.name < b.name ? -1 : 1)

export interface NameOrder {
  /** Of all children, in natural order. Good for the moment: it changes when something is added. */
  readonly ids: readonly number[]
  /** Those with permission records of their own. */
  readonly restricted: ReadonlySet<number>
}

interface KeptOrder extends NameOrder {
  readonly ids: number[]
  readonly restricted: Set<number>
  /** The tree's `accessVersion` for which it is true. */
  readonly version: number
  /** Ids of what was added since. */
  added: number[]
  /** When names are sorted. */
  ready: Promise<unknown>
}

interface OrderedTree {
  readonly accessVersion: number
  byId(id: number): Resource | undefined
}

export class NameOrders {
  readonly #tree: OrderedTree
  /** By folder; those that were asked for last at the end. */
  readonly #kept = new Map<number, KeptOrder>()

  constructor(tree: OrderedTree) {
    this.#tree = tree
  }

  /** @param folder live */
  async of(turns: Turns, folder: Resource): Promise<NameOrder> {
    // What changes while names are sorted makes it necessary once more; after that, an order of a moment ago is as good as any.
    for (let round = 0; ; round++) {
      const order = this.#known(folder.id) ?? this.#make(turns, folder)
      await order.ready
      if (this.#settle(order) || round > 0) return order
      if (this.#kept.get(folder.id) === order) this.#kept.delete(folder.id)
    }
  }

  /**
   * Children whose names differ from one in letter case alone, or not at all, at the price of a few reads of an index.
   */
  async alike(turns: Turns, folder: Resource, name: string): Promise<Resource[]> {
    const { ids } = await this.of(turns, folder)
    const found: Resource[] = []
    for (let at = this.#placeOf(ids, (other) => collator.compare(other, name) >= 0); at < ids.length; at++) {
      const child = this.#tree.byId(ids[at] ?? 0)
      if (child && collator.compare(child.name, name) !== 0) break
      if (child?.name.toLowerCase() === name.toLowerCase()) found.push(child)
    }
    return found
  }

  /** After its commit. */
  add(resource: Resource): void {
    const folder = resource.parent
    const order = folder && this.#kept.get(folder.id)
    if (!order) return
    order.added.push(resource.id)
    // Nobody looks at it while very much is added: it is made again when somebody does.
    if (isTooMuch(order)) this.#kept.delete(folder.id)
  }

  #known(folderId: number): KeptOrder | undefined {
    const known = this.#kept.get(folderId)
    this.#kept.delete(folderId)
    if (known?.version !== this.#tree.accessVersion) return undefined
    this.#kept.set(folderId, known)
    return known
  }

  #make(turns: Turns, folder: Resource): KeptOrder {
    const names = folder.children.names()
    const order: KeptOrder = {
      ids: [],
      restricted: new Set(names.filter(({ isRestricted }) => isRestricted).map(({ id }) => id)),
      version: this.#tree.accessVersion,
      added: [],
      ready: Promise.resolve(),
    }
    const forget = (): void => {
      if (this.#kept.get(folder.id) === order) this.#kept.delete(folder.id)
    }
    order.ready = sortInTurns(turns, names, compareNames).then(
      (sorted) => {
        for (const { id } of sorted) order.ids.push(id)
        if (sorted.length >= LEAST_KEPT) this.#makeRoom()
        else forget()
      },
      (error: unknown) => {
        forget()
        throw error
      },
    )
    this.#kept.set(folder.id, order)
    return order
  }

  #makeRoom(): void {
    let size = 0
    for (const { ids } of this.#kept.values()) size += ids.length
    for (const [folderId, { ids }] of this.#kept) {
      if (size <= MAX_KEPT) return
      size -= ids.length
      this.#kept.delete(folderId)
    }
  }

  /** Puts what was added into its place. @returns false: it has to be made again */
  #settle(order: KeptOrder): boolean {
    const { ids, restricted, added } = order
    if (order.version !== this.#tree.accessVersion || isTooMuch(order)) return false
    order.added = []
    for (const id of added) {
      // Names are read as of the newest commit: it may have been among them.
      const resource = ids.includes(id) ? undefined : this.#tree.byId(id)
      if (!resource) continue
      ids.splice(
        this.#placeOf(ids, (other) => compareNames({ name: other }, resource) > 0),
        0,
        resource.id,
      )
      if (resource.permissions !== null) restricted.add(resource.id)
    }
    return true
  }

  /** The first place whose name is, as all after it, where `isAfter` says. */
  #placeOf(ids: readonly number[], isAfter: (name: string) => boolean): number {
    let [from, to] = [0, ids.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if (isAfter(this.#tree.byId(ids[middle] ?? 0)?.name ?? '')) to = middle
      else from = middle + 1
    }
    return from
  }
}

/** Whether putting what was added into its place takes longer than reading the folder again. */
const isTooMuch = ({ ids, added }: KeptOrder): boolean => added.length * Math.max(ids.length, LEAST_KEPT) > MAX_STEPS
