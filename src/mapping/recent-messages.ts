/** The last messages of devices, by folder and topic: a mapping is tried on them. In memory, bounded in number and size. */
import type { Micros } from '../base/time.ts'

export interface RecentMessage {
  /** Below the folder. */
  readonly topic: string
  readonly payload: Buffer
  /** False: only its beginning was kept. */
  readonly isWhole: boolean
  readonly time: Micros
}

const MAX_FOLDERS = 200
const MAX_TOPICS = 30
const MAX_BYTES = 4_000

export class RecentMessages {
  /** By id of the folder; the one that was heard last comes last, of folders and of topics. */
  readonly #byFolder = new Map<number, Map<string, RecentMessage>>()

  add(folderId: number, topic: string, payload: Buffer, time: Micros): void {
    const messages = this.#byFolder.get(folderId) ?? new Map<string, RecentMessage>()
    this.#byFolder.delete(folderId)
    makeRoom(this.#byFolder, MAX_FOLDERS)
    this.#byFolder.set(folderId, messages)
    messages.delete(topic)
    makeRoom(messages, MAX_TOPICS)
    // A copy: what came in is a view of all that the network brought with it.
    const kept = Buffer.from(payload.subarray(0, MAX_BYTES))
    messages.set(topic, { topic, payload: kept, isWhole: kept.length === payload.length, time })
  }

  /** The newest first. */
  of(folderId: number): RecentMessage[] {
    return [...(this.#byFolder.get(folderId)?.values() ?? [])].reverse()
  }
}

function makeRoom<K>(map: Map<K, unknown>, limit: number): void {
  const oldest = map.size >= limit ? map.keys().next().value : undefined
  if (oldest !== undefined) map.delete(oldest)
}
