/** What all ways by which MQTT messages come in and go out share. */
import type { Context } from '../../src/context.ts'
import type { MqttRecords } from '../../src/messages/mqtt-records.ts'
import type { Topics } from '../../src/messages/mqtt-topics.ts'
import type { MessageRunner } from '../../src/messages/message-runner.ts'
import type { Unanswered } from '../peers/unanswered.ts'
import type { Discovery } from './discovery.ts'
import type { Retained } from './retained.ts'
import type { Router } from './router.ts'
import type { Wills } from './wills.ts'

export interface MqttServices {
  readonly ctx: Context
  readonly topics: Topics
  readonly router: Router
  readonly discovery: Discovery
  readonly runner: MessageRunner<undefined>
  /** What outlives connections and restarts. */
  readonly records: MqttRecords
  readonly retained: Retained
  readonly wills: Wills
  /** Publications of all sources that are not settled: stopping waits for them. */
  readonly unanswered: Unanswered
}
