/** What a caller sees of an error: the Fault's sentence, or an id under which the log has the details. */
import { randomBytes } from 'node:crypto'
import { Fault } from '../../src/base/fault.ts'
import type { Log } from '../../src/base/log.ts'

/** Returns a Fault unchanged; logs any other error with an id and returns an `internal` Fault that shows only the id. */
export function toFault(error: unknown, log: Log, where: object): Fault {
  if (error instanceof Fault) return error
  const id = randomBytes(4).toString('hex')
  log.error({ ...where, id, err: error }, 'internal error')
  return new Fault('internal', `Internal error (${id})`)
}

/** What goes along with a refused request, whatever carries the reply. */
export const faultHeaders = ({ code, retryAfter }: Fault): Record<string, string> => ({
  ...(code === 'unauthenticated' ? { 'www-authenticate': 'Bearer' } : {}),
  ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
})

/** The body of a refusal. */
export const faultJson = ({ message }: Fault): string => JSON.stringify({ status: 'error', message })
