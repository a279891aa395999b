/**
 * Which subscriptions fit a topic. Filters stand in a tree of levels; what was found for a topic is remembered until a
 * subscription changes, since devices publish to the same few topics again and again.
 */
import type { QoS } from './frames.ts'

/** One subscription; the last three are wishes that a client of MQTT 5 may have. */
export interface Subscription {
  readonly qos: QoS
  /** Leaves out what the client itself published. */
  readonly noLocal?: true
  /** Live messages keep their mark of being retained. */
  readonly asPublished?: true
  /** The client's own name for it, told with each message. */
  readonly id?: number
}

/** What all subscriptions of one subscriber that fit a topic grant together. */
export interface Grant {
  readonly qos: QoS
  readonly asPublished: boolean
  readonly ids: readonly number[]
}

/** A subscriber of a topic. */
export interface Match<S> {
  readonly subscriber: S
  readonly grant: Grant
  /** For what the subscriber itself published; undefined: it does not want that. */
  readonly own: Grant | undefined
}

interface Node<S> {
  readonly children: Map<string, Node<S>>
  /** Of filters that end here. */
  readonly here: Map<S, Subscription>
  /** Of filters that end in `#` below here. */
  readonly below: Map<S, Subscription>
}

/** Topics whose matches are remembered at most. */
const MAX_REMEMBERED = 10_000
const NOBODY: readonly never[] = []

export class TopicTree<S> {
  readonly #root: Node<S> = makeNode()
  readonly #found = new Map<string, readonly Match<S>[]>()
  readonly #foundExactly = new Map<string, readonly Match<S>[]>()
  #size = 0

  /** How many subscriptions there are. */
  get size(): number {
    return this.#size
  }

  set(filter: string, subscriber: S, subscription: Subscription): void {
    const place = this.#placeOf(filter)
    if (!place.has(subscriber)) this.#size++
    place.set(subscriber, subscription)
    this.#forget()
  }

  delete(filter: string, subscriber: S): void {
    const { levels, isOpen } = partsOf(filter)
    const nodes: Node<S>[] = [this.#root]
    for (const level of levels) {
      const next = nodes.at(-1)?.children.get(level)
      if (!next) return
      nodes.push(next)
    }
    const last = nodes.at(-1)
    if (last?.[isOpen ? 'below' : 'here'].delete(subscriber) !== true) return
    this.#size--
    // Levels that nobody uses any more go, from the last one up: a client may ask for another topic with each packet.
    for (let at = nodes.length - 1; at > 0 && isEmpty(nodes[at]); at--) nodes[at - 1]?.children.delete(levels[at - 1] ?? '')
    this.#forget()
  }

  /** How many levels the filters have, those that several share once. */
  get levels(): number {
    const waiting = [this.#root]
    let count = -1
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      count++
      waiting.push(...node.children.values())
    }
    return count
  }

  /** Everybody with a filter that fits, each once. */
  match(topic: string): readonly Match<S>[] {
    return this.#size === 0 ? NOBODY : this.#remembered(this.#found, topic, true)
  }

  /** The same, but for filters that fit the level above too, such as `a/#` for `a/b`. */
  matchExactly(topic: string): readonly Match<S>[] {
    return this.#size === 0 ? NOBODY : this.#remembered(this.#foundExactly, topic, false)
  }

  #remembered(cache: Map<string, readonly Match<S>[]>, topic: string, isWide: boolean): readonly Match<S>[] {
    let matches = cache.get(topic)
    if (!matches) {
      if (cache.size >= MAX_REMEMBERED) cache.clear()
      cache.set(topic, (matches = this.#search(topic, isWide)))
    }
    return matches
  }

  #search(topic: string, isWide: boolean): Match<S>[] {
    const found = new Map<S, Subscription[]>()
    const add = (entries: ReadonlyMap<S, Subscription>): void => {
      for (const [subscriber, subscription] of entries) {
        const others = found.get(subscriber)
        if (others) others.push(subscription)
        else found.set(subscriber, [subscription])
      }
    }
    let nodes = [this.#root]
    for (const level of topic.split('/')) {
      if (isWide) for (const { below } of nodes) add(below)
      nodes = nodes.flatMap(({ children }) => [children.get(level), children.get('+')].filter((node) => node !== undefined))
    }
    for (const { here, below } of nodes) {
      add(here)
      add(below)
    }
    return [...found].map(([subscriber, subscriptions]) => makeMatch(subscriber, subscriptions))
  }

  #placeOf(filter: string): Map<S, Subscription> {
    const { levels, isOpen } = partsOf(filter)
    let node = this.#root
    for (const level of levels) {
      let next = node.children.get(level)
      if (!next) node.children.set(level, (next = makeNode<S>()))
      node = next
    }
    return isOpen ? node.below : node.here
  }

  #forget(): void {
    this.#found.clear()
    this.#foundExactly.clear()
  }
}

/** @returns its levels, without the `#` of one that is open at its end */
function partsOf(filter: string): { levels: string[]; isOpen: boolean } {
  const levels = filter.split('/')
  const isOpen = levels.at(-1) === '#'
  if (isOpen) levels.pop()
  return { levels, isOpen }
}

const isEmpty = <S>(node: Node<S> | undefined): boolean => node !== undefined && node.children.size + node.here.size + node.below.size === 0

function makeMatch<S>(subscriber: S, subscriptions: readonly Subscription[]): Match<S> {
  const grant = joinGrants(subscriptions)
  const others = subscriptions.filter(({ noLocal }) => noLocal !== true)
  const own = others.length === subscriptions.length ? grant : others.length > 0 ? joinGrants(others) : undefined
  return { subscriber, grant, own }
}

function joinGrants(subscriptions: readonly Subscription[]): Grant {
  return {
    qos: Math.max(...subscriptions.map(({ qos }) => qos)) as QoS,
    asPublished: subscriptions.some(({ asPublished }) => asPublished === true),
    ids: subscriptions.flatMap(({ id }) => (id === undefined ? [] : [id])),
  }
}

const makeNode = <S>(): Node<S> => ({ children: new Map(), here: new Map(), below: new Map() })

/** Whether a filter fits a topic. Source: MQTT 3.1.1, section 4.7. */
export function fits(filter: string, topic: string): boolean {
  const [levels, names] = [filter.split('/'), topic.split('/')]
  for (const [at, level] of levels.entries()) {
    if (level === '#') return names.length >= at
    if (at >= names.length || (level !== '+' && level !== names[at])) return false
  }
  return levels.length === names.length
}
