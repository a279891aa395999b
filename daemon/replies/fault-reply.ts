/** What a caller sees of an error: the Fault's sentence, or an id under which the log has the details. */
import { randomBytes } from 'node:crypto'
import { codeOf, explainDiskError } from '../../src/base/disk-errors.ts'
import { Fault } from '../../src/base/fault.ts'
import type { Log } from '../../src/base/log.ts'

/**
 * Returns a Fault unchanged. An error of the disk that no part of the server has given words yet is `busy`, and logged; any other error is
 * logged with an id, and becomes an `internal` Fault that shows only the id.
 */
export function toFault(error: unknown, log: Log, where: object): Fault {
  if (error instanceof Fault) return error
  const isOfDatabase = codeOf(error)?.startsWith('SQLITE_') === true
  const trouble = explainDiskError(error, isOfDatabase ? 'The database' : 'A file of the server', 'this could not be done')
  if (trouble) {
    log.error({ ...where, err: error }, 'the disk failed')
    return trouble
  }
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
export const faultJson = ({ message, needs, choice }: Fault): string =>
  JSON.stringify({ status: 'error', message, ...(needs === undefined ? {} : { needs }), ...(choice === undefined ? {} : { choice }) })
