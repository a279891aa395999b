/** A bus that carries each event as JSON, as one between processes would, and fails on what does not survive that. */
import assert from 'node:assert/strict'
import { MemoryBus, type Bus } from '../../src/tree/bus.ts'
import type { HubEvent } from '../../src/tree/hub.ts'

export class SerializingBus implements Bus<HubEvent> {
  readonly isShared = true
  /** All that went over it. */
  readonly events: HubEvent[] = []
  /** What did not come out as it went in; publishers may not hear of it. */
  readonly failures: unknown[] = []
  readonly #memory = new MemoryBus<HubEvent>()

  publish(event: HubEvent): void {
    const copy = JSON.parse(JSON.stringify(event)) as HubEvent
    try {
      assert.deepStrictEqual(copy, event)
      assert.deepStrictEqual(structuredClone(event), event)
    } catch (error) {
      this.failures.push(error)
    }
    this.events.push(copy)
    this.#memory.publish(copy)
  }

  subscribe(listener: (event: HubEvent) => void): () => void {
    return this.#memory.subscribe(listener)
  }
}
