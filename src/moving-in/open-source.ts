/** Finds out what holds the original's database, and whether it is one. */
import { invalid } from '../base/fault.ts'
import { isPostgresUrl, openPostgresSource } from './postgres-source.ts'
import { TABLES, type ServerDatabase } from './source.ts'
import { openSqliteSource } from './sqlite-source.ts'

/**
 * @param place an SQLite file (also as `sqlite:///PATH`), or the URL of a PostgreSQL database
 * @throws Fault invalid when it can't be opened, or is no database of the original server
 */
export async function openSource(place: string): Promise<ServerDatabase> {
  const source = isPostgresUrl(place) ? await openPostgresSource(place) : openSqliteSource(place.replace(/^sqlite:\/\/\//, ''))
  try {
    const tables = await source.tables()
    if (tables.has('schema_migrations'))
      throw invalid(`${source.name} is a database of this program already. To move it: "rhizo backup" there, "rhizo restore" here.`)
    const missing = TABLES.filter((table) => !tables.has(table))
    if (missing.length > 0)
      throw invalid(
        `${source.name} is no database of rhizo-server: it has no table ${missing.join(', ')}. Bring it up to date there first.`,
      )
    return source
  } catch (error) {
    await source.close()
    throw error
  }
}
