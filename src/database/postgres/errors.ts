/** Words for errors of a PostgreSQL server. */
import { codeOf } from '../../base/disk-errors.ts'
import { Fault, invalid } from '../../base/fault.ts'
import { DatabaseError } from '../errors.ts'

/** Transactions that clashed: run again, they may pass. */
const CLASHES: ReadonlySet<string> = new Set(['40001', '40P01'])

/** SQLSTATEs, or their classes, of a server that is not there for now. */
const AWAY = /^(?:08...|57P0[1-5]|53300|ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETDOWN|ENOTFOUND|EAI_AGAIN|ENOENT)$/

interface Trouble {
  readonly problem: string
  readonly remedy: string
  readonly retryAfter: number
}

const TROUBLES: Readonly<Record<string, Trouble>> = {
  '53100': { problem: 'has a full disk', remedy: "Free some space on the database server's disk.", retryAfter: 60 },
  '53200': { problem: 'is out of memory', remedy: 'Give it more, or let it use less.', retryAfter: 30 },
  '53400': { problem: 'reached a limit of its configuration', remedy: 'Look at its log.', retryAfter: 60 },
  '58030': { problem: 'has a disk that failed', remedy: "Look at the database server's disk and at its log.", retryAfter: 60 },
  '25006': {
    problem: 'changes nothing, as it is read-only',
    remedy: 'It may be a standby: name its primary in DATABASE_URI.',
    retryAfter: 60,
  },
  '42501': { problem: "does not allow that to the server's user", remedy: 'Make that user the owner of the database.', retryAfter: 60 },
}

export const isClash = (error: unknown): boolean => error instanceof DatabaseError && CLASHES.has(error.code)

/** Whether the connection is gone, or none can be made: later there may be one. */
export const isAway = (error: unknown): boolean =>
  error instanceof Error && (AWAY.test(codeOf(error) ?? '') || /^(?:Connection terminated|timeout e|Client has)/.test(error.message))

/** @returns for an error of the package `pg`: a Fault that a client can act on, or a DatabaseError with its SQLSTATE; others as they are */
export function explainPostgres(name: string, error: unknown): unknown {
  if (error instanceof Fault || error instanceof DatabaseError || !(error instanceof Error)) return error
  const code = codeOf(error) ?? ''
  if (isAway(error))
    return new Fault('busy', `The database ${name} can't be reached (${reasonOf(error)}): nothing was stored. Try again.`, {
      retryAfter: 5,
      cause: error,
    })
  const trouble = TROUBLES[code]
  if (trouble)
    return new Fault('busy', `The database ${name} ${trouble.problem} (${error.message}): nothing was stored. ${trouble.remedy}`, {
      retryAfter: trouble.retryAfter,
      cause: error,
    })
  if (code === '22021' || code === '22P05') return invalid('A text holds the character NUL, which a PostgreSQL database takes in no text.')
  return /^[0-9A-Z]{5}$/.test(code) ? new DatabaseError(code, error.message) : error
}

/** Connecting to several addresses gives an error without words. */
export const reasonOf = (error: unknown): string =>
  error instanceof Error && error.message !== '' ? error.message : (codeOf(error) ?? 'no answer')
