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
