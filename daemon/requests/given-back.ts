/**
 * Gives memory of received bytes back at once. V8 frees what buffers hold when it collects them, which it does once some 64 MB have come
 * together; strangers can make it hold that much all the time.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads'

/** Smaller buffers are left to V8: this costs more than they do. */
const SMALLEST = 4_096

export class GivenBack {
  /** Closed, so that whatever is handed over to it is freed. */
  #nowhere: MessagePort | undefined

  /**
   * @param chunk nobody looks at it any more; its length is 0 afterwards, unless it is small or a part of a larger buffer, which is left as
   *   it is
   */
  take(chunk: Uint8Array): void {
    const { buffer, byteLength } = chunk
    if (byteLength < SMALLEST || byteLength !== buffer.byteLength || !(buffer instanceof ArrayBuffer)) return
    this.#nowhere ??= closedPort()
    this.#nowhere.postMessage(0, [buffer])
  }
}

function closedPort(): MessagePort {
  const { port1 } = new MessageChannel()
  port1.close()
  return port1
}
