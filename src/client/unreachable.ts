import { Fault } from '../base/fault.ts'

/** No answer from the server: down, restarting, or no network in between. Trying again later makes sense. */
export class Unreachable extends Fault {
  constructor(message: string, cause?: unknown) {
    super('busy', message, { cause })
  }
}
