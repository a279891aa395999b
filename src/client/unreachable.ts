/** The error for a server that does not answer. */
import { Fault } from '../base/fault.ts'

/** The server did not answer: it is down, restarting, or there is no network. Trying again later makes sense. */
export class Unreachable extends Fault {
  constructor(message: string, cause?: unknown) {
    super('busy', message, { cause })
  }
}
