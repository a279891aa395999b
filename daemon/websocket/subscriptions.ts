/** What one connection has subscribed to at the hub. */
import { invalid } from '../../src/base/fault.ts'
import type { Context } from '../../src/context.ts'
import type { Subscriber, Subscription } from '../../src/tree/hub.ts'

export class Subscriptions {
  readonly #ctx: Context
  readonly #subscriber: Subscriber
  /** Their ends, by what they are. */
  readonly #known = new Map<string, () => void>()

  constructor(ctx: Context, subscriber: Subscriber) {
    this.#ctx = ctx
    this.#subscriber = subscriber
  }

  /** @throws Fault invalid when there are too many; then none of them is added */
  add(subscriptions: readonly Subscription[]): void {
    const { hub, settings } = this.#ctx
    const fresh = new Map(
      subscriptions.map((subscription) => [
        `${subscription.folderId} ${subscription.includeChildren} ${subscription.includeSelf === true} ${subscription.type ?? ''}`,
        subscription,
      ]),
    )
    for (const key of this.#known.keys()) fresh.delete(key)
    const count = this.#known.size + fresh.size
    if (count > settings.MAX_SUBSCRIPTIONS)
      throw invalid(
        `subscriptions: this connection would have ${count}; at most ${settings.MAX_SUBSCRIPTIONS} are allowed (MAX_SUBSCRIPTIONS).`,
      )
    for (const [key, subscription] of fresh) this.#known.set(key, hub.subscribe(this.#subscriber, subscription))
  }

  end(): void {
    for (const unsubscribe of this.#known.values()) unsubscribe()
    this.#known.clear()
  }
}
