/** Errors that the server sends over a WebSocket. */
import { Fault, httpStatusOf } from '../base/fault.ts'
import type { FaultCode } from '../base/fault.ts'
import type { ServerMessage } from './socket.ts'

/** The Fault that an `error` message carries. */
export function faultOfMessage(message: ServerMessage): Fault {
  const { code, message: sentence, retry_after: retryAfter } = message.parameters
  const known = typeof code === 'string' && code in httpStatusOf ? (code as FaultCode) : 'invalid'
  return new Fault(
    known,
    typeof sentence === 'string' ? sentence : 'The server refused a message.',
    typeof retryAfter === 'number' ? { retryAfter } : {},
  )
}
