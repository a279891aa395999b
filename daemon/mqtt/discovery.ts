/**
 * Announces controllers and sequences to Home Assistant (HOME_ASSISTANT_DISCOVERY): what is on its topics is made of the tree when somebody
 * subscribes, so that nothing is stored, and told anew when something is made, renamed or removed. Each hears of what it may read.
 */
import type { Context } from '../../src/context.ts'
import { HOUR } from '../../src/base/time.ts'
import { readIdentity } from '../../src/resources/lab-identity.ts'
import type { Actor } from '../../src/tree/actor.ts'
import { canRead } from '../../src/tree/permissions.ts'
import type { Resource, TreeChange } from '../../src/tree/tree.ts'
import { lastHeard, silenceOf } from '../../src/watching/watchdog.ts'
import { Delivery, type DeliveryDetails } from './delivery.ts'
import {
  availabilityTopic,
  configTopic,
  describeForHomeAssistant,
  DISCOVERY_PREFIX,
  isAnnounced,
  OFFLINE,
  ONLINE,
} from './home-assistant.ts'
import { retainedKey } from './replay.ts'
import type { Router } from './router.ts'
import { fits } from './topic-tree.ts'

/** Resources that one look passes over before others have their turn. */
const STEP = 500
/** How long a controller without a watchdog may be silent. */
const PATIENCE = HOUR

interface Announced {
  readonly topic: string
  readonly resource: Resource
  readonly content: () => string
  readonly cut?: DeliveryDetails['cut']
}

export class Discovery {
  readonly #ctx: Context
  readonly #router: Router
  #lab = ''
  #unwatch: (() => void) | undefined
  /** What was said last of each controller: new subscribers hear the same, so that one who is told of a change was told what was before. */
  readonly #said = new Map<number, string>()
  /** What changed in this turn of the event loop: a folder that moves has many. */
  #changes: TreeChange[] = []

  constructor(ctx: Context, router: Router) {
    this.#ctx = ctx
    this.#router = router
  }

  get isOn(): boolean {
    return this.#unwatch !== undefined
  }

  async start(): Promise<void> {
    if (!this.#ctx.settings.HOME_ASSISTANT_DISCOVERY) return
    this.#lab = (await readIdentity(this.#ctx.db)).lab ?? ''
    this.#unwatch = this.#ctx.tree.watch((change) => this.#changed(change))
    this.check()
  }

  stop(): void {
    this.#unwatch?.()
    this.#unwatch = undefined
  }

  /** Whether a topic or filter is one of Home Assistant's, and no organization has that name. */
  isAbout(topic: string): boolean {
    return this.isOn && topic.startsWith(`${DISCOVERY_PREFIX}/`) && this.#ctx.tree.descend([DISCOVERY_PREFIX]) === undefined
  }

  /** What a new subscriber of a filter gets; undefined now and then, when others should have their turn. */
  *fitting(filter: string): Generator<{ topic: string; resource: Resource; make: () => Delivery } | undefined> {
    if (!this.isAbout(filter)) return
    this.check()
    let passed = 0
    for (const root of this.#ctx.tree.roots)
      for (const resource of within(root)) {
        if (isAnnounced(resource))
          for (const one of this.#about(resource)) if (fits(filter, one.topic)) yield { ...one, make: () => deliveryOf(one, true) }
        if (++passed % STEP === 0) yield undefined
      }
  }

  /** Tells who is there and who is not, where that has changed. */
  check(): void {
    if (!this.isOn) return
    for (const controller of this.#ctx.tree.controllers) {
      const state = this.#stateOf(controller)
      const former = this.#said.get(controller.id)
      this.#said.set(controller.id, state)
      if (former !== undefined && former !== state) this.#router.announce(deliveryOf(this.#availabilityOf(controller), false))
    }
    for (const id of this.#said.keys()) if (this.#ctx.tree.byId(id) === undefined) this.#said.delete(id)
  }

  #about(resource: Resource): Announced[] {
    const content = (): string => JSON.stringify(describeForHomeAssistant(this.#ctx, this.#lab, resource))
    const config = { topic: configTopic(this.#lab, resource), resource, content }
    return resource.sequence ? [config] : [config, this.#availabilityOf(resource)]
  }

  #availabilityOf(controller: Resource): Announced {
    return {
      topic: availabilityTopic(this.#lab, controller),
      resource: controller,
      content: () => this.#said.get(controller.id) ?? OFFLINE,
    }
  }

  #stateOf(controller: Resource): string {
    const silence = silenceOf(this.#ctx, controller)
    if (silence) return silence.isSilent ? OFFLINE : ONLINE
    if ((this.#ctx.liveness.get(controller.id)?.connections ?? 0) > 0) return ONLINE
    const heard = lastHeard(this.#ctx, controller.id)
    if (heard === undefined) return OFFLINE
    return this.#ctx.clock.now() - this.#ctx.liveness.silentSince(heard) < PATIENCE ? ONLINE : OFFLINE
  }

  #changed(change: TreeChange): void {
    if (this.#changes.length === 0) setImmediate(() => this.#tell())
    this.#changes.push(change)
  }

  #tell(): void {
    for (const { what, resource } of this.#changes.splice(0)) {
      if (what === 'removed') {
        this.#tellEnd(resource)
        for (const one of this.#ctx.tree.goneWith(resource)) this.#tellEnd(one)
        continue
      }
      for (const one of within(resource)) {
        if (!isAnnounced(one)) continue
        if (!one.sequence) this.#said.set(one.id, this.#stateOf(one))
        for (const announced of this.#about(one)) this.#router.announce(deliveryOf(announced, false))
      }
    }
  }

  /** An empty announcement ends an entity. Who could read it hears that, as long as they read a folder that it was in. */
  #tellEnd(resource: Resource): void {
    if (!isAnnounced(resource)) return
    this.#said.delete(resource.id)
    let above = resource.parent
    while (above && this.#ctx.tree.byId(above.id) === undefined) above = above.parent
    if (!above) return
    const topic = configTopic(this.#lab, resource)
    const cut = (actor: Actor, payload: Buffer): Buffer | undefined => (canRead(this.#ctx, actor, resource) ? payload : undefined)
    this.#router.announce(deliveryOf({ topic, resource: above, content: () => '', cut }, false))
  }
}

const deliveryOf = ({ topic, resource, content, cut }: Announced, retain: boolean): Delivery =>
  new Delivery(topic, content, { qos: 1, resource, cut, retain, asksToBeRetained: true, replaces: retain ? undefined : retainedKey(topic) })

function* within(resource: Resource): Generator<Resource> {
  yield resource
  for (const child of resource.children.values()) yield* within(child)
}
