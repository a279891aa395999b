/** Numbered migrations, applied in order. Each runs in one transaction with its record; there is no way back. */
import { sql, type ColumnDataType, type Kysely } from 'kysely'
import type { Clock } from '../base/clock.ts'
import { Fault } from '../base/fault.ts'
import type { Schema } from './schema.ts'
import * as initial from './migrations/0001-initial.ts'
import * as pauses from './migrations/0002-pauses.ts'
import * as mqtt from './migrations/0003-mqtt.ts'
import * as passwordResets from './migrations/0004-password-resets.ts'
import * as daemon from './migrations/0005-daemon.ts'
import * as knownTime from './migrations/0006-known-time.ts'
import * as backups from './migrations/0007-backups.ts'
import * as damage from './migrations/0008-damage.ts'
import * as provenAddresses from './migrations/0009-proven-addresses.ts'
import * as people from './migrations/0010-people.ts'
import * as imports from './migrations/0011-imports.ts'
import * as alarms from './migrations/0012-alarms.ts'
import * as notes from './migrations/0013-notes.ts'
import * as deviceKeys from './migrations/0014-device-keys.ts'
import * as mqtt5 from './migrations/0015-mqtt5.ts'
import * as corrections from './migrations/0016-corrections.ts'
import * as favourites from './migrations/0017-favourites.ts'
import * as extensions from './migrations/0018-extensions.ts'
import * as links from './migrations/0019-links.ts'
import * as newestTexts from './migrations/0020-newest-texts.ts'
import * as wrongClocks from './migrations/0021-wrong-clocks.ts'
import * as pushDevices from './migrations/0022-push-devices.ts'
import * as alertNotes from './migrations/0023-alert-notes.ts'
import * as growing from './migrations/0024-growing.ts'
import * as correctedTimes from './migrations/0025-corrected-times.ts'
import * as storedPieces from './migrations/0026-stored-pieces.ts'
import * as names from './migrations/0027-names.ts'

/** Column types that each engine names differently. */
export interface ColumnTypes {
  engine: 'sqlite' | 'postgres'
  /** An integer that the database assigns. */
  serial: ColumnDataType
  /** A whole number up to 2^53. */
  big: ColumnDataType
  double: ColumnDataType
  blob: ColumnDataType
}

export interface Migration {
  name: string
  up(db: Kysely<Schema>, types: ColumnTypes): Promise<void>
}

/** In order; the first is number 1. Never change a migration that was released. */
export const migrations: readonly Migration[] = [
  initial,
  pauses,
  mqtt,
  passwordResets,
  daemon,
  knownTime,
  backups,
  damage,
  provenAddresses,
  people,
  imports,
  alarms,
  notes,
  deviceKeys,
  mqtt5,
  corrections,
  favourites,
  extensions,
  links,
  newestTexts,
  wrongClocks,
  pushDevices,
  alertNotes,
  growing,
  correctedTimes,
  storedPieces,
  names,
]

export const sqliteTypes: ColumnTypes = { engine: 'sqlite', serial: 'integer', big: 'bigint', double: 'real', blob: 'blob' }
export const postgresTypes: ColumnTypes = {
  engine: 'postgres',
  serial: 'bigserial',
  big: 'bigint',
  double: 'double precision',
  blob: 'bytea',
}

/** The number of the newest migration that was applied; 0 for an empty database. */
export async function schemaVersion(db: Kysely<Schema>, engine: ColumnTypes['engine'] = 'sqlite'): Promise<number> {
  if (!(await isMigrated(db, engine))) return 0
  const row = await db
    .selectFrom('schema_migrations')
    .select(({ fn }) => fn.max('number').as('number'))
    .executeTakeFirst()
  return row?.number ?? 0
}

async function isMigrated(db: Kysely<Schema>, engine: ColumnTypes['engine']): Promise<boolean> {
  // Other programs have a table of that name too.
  if (engine === 'sqlite')
    return (await db.introspection.getTables()).some(
      ({ name, columns }) => name === 'schema_migrations' && columns.some((column) => column.name === 'number'),
    )
  const { rows } = await sql<{ name: string | null }>`select to_regclass('schema_migrations')::text as name`.execute(db)
  return rows[0]?.name !== null
}

/**
 * Applies the migrations that are missing.
 * @param beforeEach called with the version before each migration of a database that is not empty: the place for a backup
 * @throws Fault invalid when the database is newer than this program
 */
export async function migrate(
  db: Kysely<Schema>,
  options: { types: ColumnTypes; clock: Clock; beforeEach?: (version: number) => Promise<void>; list?: readonly Migration[] },
): Promise<{ from: number; to: number }> {
  const list = options.list ?? migrations
  const from = await schemaVersion(db, options.types.engine)
  if (from > list.length) {
    throw new Fault(
      'invalid',
      `The database has schema version ${from}, but this rhizo knows versions up to ${list.length}. Install a newer rhizo, or ` +
        'restore the backup that was made before the upgrade.',
    )
  }
  for (let version = from; version < list.length; version++) {
    // A database that was just created needs no backup.
    if (from > 0) await options.beforeEach?.(version)
    const migration = list[version]
    if (!migration) break
    await db.transaction().execute(async (tx) => {
      if (version === 0) {
        await tx.schema
          .createTable('schema_migrations')
          .addColumn('number', 'integer', (c) => c.primaryKey())
          .addColumn('name', 'text', (c) => c.notNull())
          .addColumn('timestamp', options.types.big, (c) => c.notNull())
          .execute()
      }
      await migration.up(tx, options.types)
      await tx
        .insertInto('schema_migrations')
        .values({ number: version + 1, name: migration.name, timestamp: options.clock.now() })
        .execute()
    })
  }
  return { from, to: list.length }
}
