/** URLs of databases, as settings and messages hold them. */
import { invalid } from '../base/fault.ts'

/** Hides what stands between the name of a user and the host. */
export const withoutPassword = (text: string): string => text.replace(/(:\/\/[^:@/]*):[^@]*@/, '$1:…@')

/** Where a database is, without password and parameters: for messages, and to tell databases apart. @throws Fault invalid */
export function nameOfDatabase(url: string): string {
  try {
    const { username, host, pathname, searchParams } = new URL(toPostgresUrl(url))
    return `postgresql://${username === '' ? '' : `${username}@`}${host === '' ? (searchParams.get('host') ?? '') : host}${pathname}`
  } catch {
    throw invalid('The setting DATABASE_URI holds a URL that is malformed. Write postgresql://USER:PASSWORD@HOST/DATABASE.')
  }
}

/** @param what a sentence's subject; @param instead what to do in its place @throws Fault invalid for a database on a PostgreSQL server */
export function requireDatabaseFile(settings: { isOnServer: boolean; databaseFile: string }, what: string, instead: string): void {
  if (settings.isOnServer) throw invalid(`${what} is not yet possible on PostgreSQL (${settings.databaseFile}): ${instead}`)
}

/** Without the driver's name that SQLAlchemy writes. */
export const toPostgresUrl = (url: string): string => url.replace(/^postgres(?:ql)?(?:\+\w+)?:/, 'postgresql:')
