/**
 * Retained messages: the last one of each topic whose sender asked for that, for those who subscribe later. Values need
 * none, as their sequences hold the newest; so what may be retained is what devices say beneath a folder, messages of a
 * folder that only pass through, and `d,…` of names that are no sequences.
 */
import type { Context } from '../../src/context.ts'
import type { MqttRetainedRow } from '../../src/database/mqtt-tables.ts'
import { Fault } from '../../src/base/fault.ts'
import type { MqttRecords } from '../../src/messages/mqtt-records.ts'
import type { Topics } from '../../src/messages/mqtt-topics.ts'
import { quotaFault } from '../../src/tree/quotas.ts'
import { pathOf, type Resource } from '../../src/tree/tree.ts'
import { Delivery } from './delivery.ts'
import type { QoS } from './frames.ts'
import type { Publication } from './publication.ts'
import type { RefusalLog } from './refusal-log.ts'
import { textAsBytes } from '../../src/tree/mqtt-origin.ts'
import { fits } from './topic-tree.ts'

const organizationOf = (topic: string): string => topic.split('/').find((part) => part !== '') ?? ''

/** Folders may have been made along a topic since. A sequence there has its own newest value. */
function meansSame(resource: Resource, id: number): boolean {
  if (resource.id === id) return true
  if (resource.sequence) return false
  let at: Resource | undefined = resource
  while (at && at.id !== id) at = at.parent
  return at !== undefined
}

/** Topics that one look passes over before others have their turn. */
const STEP = 500

export class Retained {
  readonly #ctx: Context
  readonly #topics: Topics
  readonly #records: MqttRecords
  readonly #refusals: RefusalLog
  readonly #messages = new Map<string, MqttRetainedRow>()
  #bytes = 0
  /** How many there are of each organization, by the first part of their topics. */
  readonly #ofOrganization = new Map<string, number>()

  constructor(ctx: Context, { topics, records, refusals }: { topics: Topics; records: MqttRecords; refusals: RefusalLog }) {
    this.#ctx = ctx
    this.#topics = topics
    this.#records = records
    this.#refusals = refusals
  }

  get size(): number {
    return this.#messages.size
  }

  /** Takes back what was on the disk when the daemon started. */
  restore(rows: readonly MqttRetainedRow[]): void {
    for (const row of rows) this.#set(row.topic, { ...row, payload: Buffer.from(row.payload) })
  }

  /**
   * Keeps a publication that was allowed; an empty one ends what was kept. What has no room is passed on all the same, and the log says so.
   */
  take({ topic, payload, qos, target, passed }: Publication): void {
    if (!target) return
    if (payload.length === 0) {
      if (!this.#messages.has(topic)) return
      this.#set(topic, undefined)
      this.#records.removeRetained(topic)
      return
    }
    const reason = this.#refusalOf(topic, payload.length)
    if (reason !== undefined) return this.#refusals.add('did not retain an MQTT message', { topic: topic.slice(0, 200), reason })
    const properties = passed?.properties === undefined ? null : new Uint8Array(textAsBytes(passed.properties))
    const row = {
      topic,
      payload: new Uint8Array(payload),
      qos,
      resource_id: target.resource.id,
      properties,
      expires: passed?.expires ?? null,
    }
    this.#set(topic, row)
    this.#records.putRetained(row)
  }

  /** Topics that fit a filter; undefined now and then, when others should have their turn. */
  *fitting(filter: string): Generator<string | undefined> {
    if (!/[+#]/.test(filter)) {
      if (this.#messages.has(filter)) yield filter
      return
    }
    let passed = 0
    for (const topic of this.#messages.keys()) {
      if (fits(filter, topic)) yield topic
      if (++passed % STEP === 0) yield undefined
    }
  }

  /** What a new subscriber gets; undefined when the topic no longer means what it did. Whoever delivers it asks who may read it. */
  delivery(topic: string): Delivery | undefined {
    const row = this.#messages.get(topic)
    const resource = row && this.#resourceOf(topic)
    if (!row || !resource || !meansSame(resource, row.resource_id)) return undefined
    const expires = row.expires ?? undefined
    if (expires !== undefined && expires <= this.#ctx.believed.now()) return undefined
    const properties = row.properties ? Buffer.from(row.properties) : undefined
    return new Delivery(topic, Buffer.from(row.payload), { qos: row.qos as QoS, resource, retain: true, properties, expires })
  }

  /** Drops what is too old, and what stands for nothing any more, as its folder was moved or removed. */
  sweep(): void {
    const now = this.#ctx.believed.now()
    for (const [topic, { resource_id: id, expires }] of this.#messages) {
      // What was deleted may be brought back; it is hidden meanwhile.
      const isOver = expires !== null && expires <= now
      const resource = this.#resourceOf(topic)
      if (!isOver && ((resource && meansSame(resource, id)) || this.#ctx.tree.byId(id) === undefined)) continue
      this.#set(topic, undefined)
      this.#records.removeRetained(topic)
    }
  }

  #resourceOf(topic: string) {
    try {
      return this.#topics.resolve(topic).resource
    } catch (error) {
      if (error instanceof Fault) return undefined
      throw error
    }
  }

  #refusalOf(topic: string, size: number): string | undefined {
    const { MQTT_MAX_RETAINED, MQTT_MAX_RETAINED_SIZE } = this.#ctx.settings
    const former = this.#messages.get(topic)
    if (!former && this.#messages.size >= MQTT_MAX_RETAINED)
      return (
        `there are ${MQTT_MAX_RETAINED} retained messages (MQTT_MAX_RETAINED): clear some by publishing empty retained messages ` +
        'to their topics'
      )
    const organization = this.#ctx.tree.descend([organizationOf(topic)])
    const limit = organization?.quota?.retained_messages
    const used = this.#ofOrganization.get(organizationOf(topic)) ?? 0
    if (!former && organization && limit !== undefined && used >= limit)
      return quotaFault(pathOf(organization), 'retained_messages', used, limit).message
    if (this.#bytes - (former?.payload.length ?? 0) + size > MQTT_MAX_RETAINED_SIZE)
      return `retained messages would have more than ${MQTT_MAX_RETAINED_SIZE} bytes together (MQTT_MAX_RETAINED_SIZE)`
    return undefined
  }

  #set(topic: string, row: MqttRetainedRow | undefined): void {
    const change = (row ? 1 : 0) - (this.#messages.has(topic) ? 1 : 0)
    const organization = organizationOf(topic)
    this.#ofOrganization.set(organization, (this.#ofOrganization.get(organization) ?? 0) + change)
    this.#bytes += (row?.payload.length ?? 0) - (this.#messages.get(topic)?.payload.length ?? 0)
    if (row) this.#messages.set(topic, row)
    else this.#messages.delete(topic)
  }
}
