/** One PUBLISH of a client, from when it came until it is settled: stored or passed on, or refused. */
import type { Actor } from '../../src/tree/actor.ts'
import type { Sender } from '../../src/tree/hub.ts'
import type { Resource } from '../../src/tree/tree.ts'
import type { Topic } from '../../src/messages/mqtt-topics.ts'
import type { MqttOrigin, PassedProperties } from '../../src/tree/mqtt-origin.ts'
import type { Caller } from '../../src/messages/caller.ts'
import type { Fields } from '../../src/wire/client-messages.ts'
import { invalid } from '../../src/base/fault.ts'
import type { Fate } from '../../src/sequences/tally.ts'
import type { QoS, Remark } from './frames.ts'

/** Called with an error to end the connection; with a remark for an acknowledgement of MQTT 5. */
export type Done = (error?: Error | null, remark?: Remark) => void

export interface Packet {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: QoS
  readonly retain: boolean
  /** What its publisher said of it by MQTT 5; missing: nothing. */
  readonly passed?: PassedProperties | undefined
}

/** Who gave a publication in. */
export interface Publisher {
  readonly actor: Actor
  /** Its name at the hub: publications do not go back where they came from. */
  readonly connectionId: string
  /** Whether publications of its wait for the disk. */
  readonly isBusy: boolean
  /** What a publication wrote is durable, and the hub has heard of it. */
  stored(publication: Publication, fate: Fate): void
  /** Nothing of a publication was written. */
  refused(publication: Publication, error: unknown): void
  /** Sends a message to whoever published on that topic, as far as they can be reached there. */
  reply(topic: string, content: string): void
}

export class Publication implements Caller<undefined>, Packet {
  readonly answersInOrder = true
  readonly peer: Publisher
  /** On whose behalf it is handled. */
  readonly actor: Actor
  readonly topic: string
  readonly payload: Buffer
  readonly qos: QoS
  readonly retain: boolean
  readonly passed: PassedProperties | undefined
  /** Whether MQTT subscribers of its topic get it as it came; they are then not told in other words. */
  passesOn = false
  /** Whether it may be retained, when its sender asks for that: no value does, as its sequence has the newest. */
  mayStay = false
  /** Whether it holds values of sequences that not everybody may read who reads its folder. */
  isGuarded = false
  /** Whether it sets or shows values. */
  holdsValues = false
  /** What its subscribers must be allowed to read, where that is not what its topic stands for. */
  about: Resource | undefined
  /** Where it goes, once that is known. */
  target: Topic | undefined
  /** Set for `s,…` and `d,…` of a value: the text, which is handed on with the value's message. */
  valueText: string | undefined
  /** Set for `s,…`: the name that it gave. */
  sequenceName: string | undefined
  #done: Done | undefined
  /** Of the same packet that came again. */
  #others: Done[] | undefined

  constructor(peer: Publisher, { topic, payload, qos, retain, passed }: Packet, done: Done, actor = peer.actor) {
    this.peer = peer
    this.actor = actor
    this.topic = topic
    this.payload = payload
    this.qos = qos
    this.retain = retain
    this.passed = passed
    this.#done = done
  }

  /** Who must not hear what comes of it, and what those need who hand that on by MQTT. To be asked for when it is handled. */
  get sender(): Sender {
    return { connectionId: this.peer.connectionId, controllerId: this.controllerId, mqtt: this.#origin() }
  }

  /** Of what it is for, as its sender named it; for messages to people. */
  get path(): string {
    return this.sequenceName === undefined ? `/${this.topic}` : `/${this.topic}/${this.sequenceName}`
  }

  get controllerId(): number | undefined {
    return this.actor.kind === 'controller' ? this.actor.controllerId : undefined
  }

  #origin(): MqttOrigin {
    const { qos, topic, target, valueText, retain } = this
    const passed = this.passed || retain ? { passed: { topic, isRetained: retain, ...this.passed } } : {}
    if (!this.passesOn || target?.kind !== 'folder') return { qos, ...passed }
    const folderId = target.resource.id
    return valueText === undefined ? { qos, folderId } : { qos, folderId, asItCame: { topic, text: valueText }, ...passed }
  }

  get isBusy(): boolean {
    return this.peer.isBusy
  }

  subscribe(): void {
    throw invalid('subscribe: MQTT has its own SUBSCRIBE packet for that.')
  }

  reply(_ticket: undefined, type: string, parameters: Fields): void {
    this.peer.reply(this.topic, JSON.stringify({ [type]: parameters }))
  }

  /** The same packet came again while this one was under way. */
  also(done: Done): void {
    ;(this.#others ??= []).push(done)
  }

  stored(_ticket: undefined, fate: Fate): void {
    this.peer.stored(this, fate)
  }

  refused(_ticket: undefined, error: unknown): void {
    this.peer.refused(this, error)
  }

  /** Says, once, that it is to be acknowledged, or that the connection is to end. */
  settle(error?: Error, remark?: Remark): void {
    const [done, others] = [this.#done, this.#others]
    this.#done = this.#others = undefined
    done?.(error ?? null, remark)
    if (others) for (const other of others) other(error ?? null, remark)
  }
}
