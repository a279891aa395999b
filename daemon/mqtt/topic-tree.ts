/**
 * Which subscriptions fit a topic. Filters stand in a tree of levels; what was found for a topic is remembered until a
 * subscription changes, since devices publish to the same few topics again and again.
 */
import type { QoS } from './frames.ts'

/** A subscriber of a topic, with the highest quality of service of its filters that fit. */
export interface Match<S> {
  readonly subscriber: S
  readonly qos: QoS
}

interface Node<S> {
  readonly children: Map<string, Node<S>>
  /** Of filters that end here. */
  readonly here: Map<S, QoS>
  /** Of filters that end in `#` below here. */
  readonly below: Map<S, QoS>
}

/** Topics whose matches are remembered at most. */
const MAX_REMEMBERED = 10_000
const NOBODY: readonly never[] = []

export class TopicTree<S> {
  #root: Node<S> = makeNode()
  readonly #found = new Map<string, readonly Match<S>[]>()
  readonly #foundExactly = new Map<string, readonly Match<S>[]>()
  #size = 0

  /** How many subscriptions there are. */
  get size(): number {
    return this.#size
  }

  set(filter: string, subscriber: S, qos: QoS): void {
    const place = this.#placeOf(filter, true)
    if (!place) return
    if (!place.has(subscriber)) this.#size++
    place.set(subscriber, qos)
    this.#forget()
  }

  delete(filter: string, subscriber: S): void {
    if (!this.#placeOf(filter, false)?.delete(subscriber)) return
    this.#size--
    // What is left of a tree that nobody uses costs nothing when it begins anew.
    if (this.#size === 0) this.#root = makeNode()
    this.#forget()
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
    const found = new Map<S, QoS>()
    const add = (entries: ReadonlyMap<S, QoS>): void => {
      for (const [subscriber, qos] of entries) found.set(subscriber, Math.max(qos, found.get(subscriber) ?? 0) as QoS)
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
    return [...found].map(([subscriber, qos]) => ({ subscriber, qos }))
  }

  #placeOf(filter: string, isMade: boolean): Map<S, QoS> | undefined {
    const levels = filter.split('/')
    const isOpen = levels.at(-1) === '#'
    if (isOpen) levels.pop()
    let node = this.#root
    for (const level of levels) {
      let next = node.children.get(level)
      if (!next) {
        if (!isMade) return undefined
        node.children.set(level, (next = makeNode<S>()))
      }
      node = next
    }
    return isOpen ? node.below : node.here
  }

  #forget(): void {
    this.#found.clear()
    this.#foundExactly.clear()
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
