/** One daemon on a PostgreSQL database, with values in blocks in its tables, and large files in a folder. */
import { Fault, invalid } from './base/fault.ts'
import { Turns } from './base/turns.ts'
import { NO_DAMAGE } from './database/engine.ts'
import { SoleLeases } from './database/lease.ts'
import { explainPostgres } from './database/postgres/errors.ts'
import { takeNextIds } from './database/postgres/new-ids.ts'
import { openPostgres, type Lead, type PostgresDatabase } from './database/postgres/open-postgres.ts'
import { PostgresRows } from './database/postgres/postgres-rows.ts'
import { openMemory } from './database/sqlite/memory.ts'
import type { RowWriter } from './database/sqlite/writer-client.ts'
import type { Engine, EngineOptions } from './engine.ts'
import type { Settings } from './settings/settings.ts'
import { FetchedBlocks } from './storage/engine/fetched-blocks.ts'
import { HeaderMirror } from './storage/engine/header-mirror.ts'
import { SqliteSequenceStore, type StoreOptions } from './storage/engine/sqlite-sequences.ts'
import { openStorage } from './storage/places/open-places.ts'
import { MemoryBus } from './tree/bus.ts'

/** The store of values on an open database. @param through what its writes go through, for tests */
export async function openPostgresSequences(
  database: PostgresDatabase,
  options: StoreOptions,
  through: (writer: RowWriter) => RowWriter = (writer) => writer,
): Promise<SqliteSequenceStore> {
  const mirror = new HeaderMirror(openMemory())
  await mirror.load((text, values) => database.read(text, values))
  const writer = new PostgresRows({ database, onCommit: (steps, records) => mirror.apply(steps, records) })
  const source = new FetchedBlocks({
    reader: mirror.reader,
    read: async (ids) =>
      (await database.read('select id, data from sequence_block_data where id = any($1::bigint[])', [ids])).map(
        ({ id, data }) => [Number(id), data as Buffer] as const,
      ),
    settled: () => writer.settled(),
  })
  const store = await SqliteSequenceStore.open(mirror.reader, through(writer), { ...options, source })
  mirror.dropValues()
  return store
}

/**
 * @param lead of several daemons on the database this one leads; undefined: it is the only one
 * @throws Fault invalid when the database can't be opened or is newer than this program; conflict when another daemon uses it
 */
export async function openPostgresEngine(settings: Settings, options: EngineOptions, lead?: Lead): Promise<Engine> {
  const { clock, log, observer, isDaemon, isReadOnly, isFollowed = false, mustExist = false, onFatal } = options
  if (isFollowed) throw noStandby()
  const isDurable = settings.DURABILITY === 'full'
  const database = await openPostgres({ url: settings.DATABASE_URI, clock, log, isDaemon, isReadOnly, mustExist, isDurable, onFatal, lead })
  try {
    const turns = new Turns()
    if (isReadOnly)
      database.refuse(new Fault('busy', `The server is read-only: nothing is changed in ${database.name}.`, { retryAfter: 3_600 }))
    const sequences = await openPostgresSequences(database, { observer, log, turns, isReadOnly })
    const transact = isReadOnly ? undefined : database.transact
    const files = openStorage(settings, { db: database.db, transact, now: () => clock.now(), log })
    return {
      name: database.name,
      isReadOnly,
      damage: NO_DAMAGE,
      database: database.db,
      transact: database.transact,
      lease: new SoleLeases(),
      takeIds: takeNextIds,
      sequences,
      files,
      bus: new MemoryBus(),
      turns,
      others: {
        onChange: (listener) => database.own.onReload(listener),
        tell: () => database.own.tellOthers(),
      },
      // The server's autovacuum sees to it.
      vacuum: async () => ({ free: 0, total: 0, milliseconds: 0 }),
      durable: () => (isReadOnly || isDurable ? Promise.resolve() : database.own.makeDurable()),
      size: async () => {
        const [row] = await database.read('select pg_database_size(current_database()) as bytes')
        return { used: Number(row?.['bytes'] ?? 0), free: undefined }
      },
      findLoss: () => undefined,
      refuse: (fault) => database.refuse(fault),
      pages: {
        changes: () => Promise.reject(noStandby()),
        file: {
          groups: () => Promise.reject(noStandby()),
          hashes: () => Promise.reject(noStandby()),
          readGroups: () => Promise.reject(noStandby()),
        },
      },
      findTrouble: () => database.own.trouble,
      ballast: { take: async () => {}, give: async () => false },
      explain: (error) => explainPostgres(database.name, error),
      close: async () => {
        try {
          await sequences.close()
        } finally {
          await files.release()
          await database.close()
        }
      },
    }
  } catch (error) {
    await database.close().catch((failure: unknown) => log.error({ err: failure }, 'closing after a start that failed'))
    throw error
  }
}

const noStandby = (): Fault =>
  invalid("A standby is not yet possible on PostgreSQL: replicate the database with PostgreSQL's own means (docs/postgresql.md).")
