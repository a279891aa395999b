/** Messages from the server over a WebSocket: `{"type", "timestamp", "parameters"}`. Source: protocol, section 6. */
import type { Fault } from '../base/fault.ts'
import type { Fields, FrameId } from './client-messages.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'

/** A message as it is sent to each of its subscribers. */
export interface ServerMessage {
  readonly type: string
  readonly parameters: unknown
  readonly timestamp: Micros
}

/** Serializes each message of the hub once, for all subscribers that get it one after another. */
export class MessageWriter {
  #message: ServerMessage | undefined
  #bytes: Buffer = Buffer.alloc(0)

  write(message: ServerMessage): Buffer {
    if (this.#message !== message) {
      const { type, timestamp, parameters } = message
      this.#bytes = Buffer.from(
        `{"type":${JSON.stringify(type)},"timestamp":"${formatTimestamp(timestamp)}","parameters":${JSON.stringify(parameters ?? {})}}`,
      )
      this.#message = message
    }
    return this.#bytes
  }
}

/**
 * Confirms that what a message wrote is durable.
 * @param exceptions what to say of values that are not stored, or not kept; undefined where there are none
 */
export const writeAck = (id: FrameId, exceptions?: object): string =>
  exceptions
    ? JSON.stringify({ type: 'ack', id, ...exceptions })
    : typeof id === 'number'
      ? `{"type":"ack","id":${id}}`
      : `{"type":"ack","id":${JSON.stringify(id)}}`

/** Answers one message, for its sender alone. */
export const writeReply = (type: string, parameters: Fields, id: FrameId | undefined, time: Micros): string =>
  JSON.stringify({ type, ...(id === undefined ? {} : { id }), timestamp: formatTimestamp(time), parameters })

/** Says why a message was refused; `code` and `retry_after` (seconds) are for programs. */
export function writeError(fault: Fault, id: FrameId | undefined, time: Micros): string {
  const parameters = {
    message: fault.message,
    code: fault.code,
    ...(fault.retryAfter === undefined ? {} : { retry_after: fault.retryAfter }),
  }
  return JSON.stringify({ type: 'error', ...(id === undefined ? {} : { id }), timestamp: formatTimestamp(time), parameters })
}
