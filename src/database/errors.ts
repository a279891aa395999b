/** Errors of a database, whichever engine it is. */

/** An error of the database engine, with the engine's own code: `SQLITE_CONSTRAINT_UNIQUE`, or a SQLSTATE. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** What engines call a key that a unique index holds already. */
const UNIQUE_VIOLATIONS: ReadonlySet<string> = new Set(['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY', '23505'])

/** True when a statement failed because a unique index holds its key already: another caller was first. */
export const isUniqueViolation = (error: unknown): boolean => error instanceof DatabaseError && UNIQUE_VIOLATIONS.has(error.code)

/** What SQLite answers when a page of the file is damaged, the file is no database, or the disk does not give back what was written. */
const UNREADABLE = /^SQLITE_(?:CORRUPT|NOTADB$|IOERR(?:_READ|_SHORT_READ|_CORRUPTFS|_DATA)?$)/

/** True when something in the database can't be read: a damaged page, or a disk that fails to read it. Other places may be sound. */
export function isUnreadable(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && UNREADABLE.test(error.code)
}

/** How often something is read that can't be read at first. */
const READS = 3

/** Reads again what could not be read, since an error of the disk may pass. @throws what `read` throws last */
export function readAgain<T>(read: () => T): T {
  for (let left = READS; ; ) {
    try {
      return read()
    } catch (error) {
      if (--left === 0 || !isUnreadable(error)) throw error
    }
  }
}

/** True when the disk failed to read: another time it may not. */
export const isReadError = (error: unknown): boolean =>
  isUnreadable(error) && 'code' in error && String(error.code).startsWith('SQLITE_IOERR')
