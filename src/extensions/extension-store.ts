/** What extensions keep: JSON by key, each extension's own. */
import { conflict, invalid } from '../base/fault.ts'
import { quote } from '../base/path.ts'
import type { Context } from '../context.ts'
import { transact } from '../database/transact.ts'
import type { ExtensionStore, StoreMigration } from './interface.ts'

const MOST_KEYS = 10_000
const LONGEST_KEY = 200
const LONGEST_VALUE = 100_000
const ROWS_AT_ONCE = 500
/** Under which the number of migrations stands that ran. No extension can use it: its keys are not empty. */
const MIGRATED = ''

/** @throws Fault invalid past the bounds that the interface names; busy when the disk is full */
export function extensionStore(ctx: Pick<Context, 'db' | 'engine'>, extension: string): ExtensionStore {
  const of = (key: string) => ({ extension, key: requireKey(key) })
  return {
    get: async (key) => {
      const wanted = of(key)
      const row = await ctx.db
        .selectFrom('extension_values')
        .select('value')
        .where('extension', '=', wanted.extension)
        .where('key', '=', wanted.key)
        .executeTakeFirst()
      return row && (JSON.parse(row.value) as unknown)
    },
    set: async (key, value) => {
      const text = requireValue(key, value)
      const row = { ...of(key), value: text }
      await transact(ctx, async (tx) => {
        const { count } = await tx
          .selectFrom('extension_values')
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .where('extension', '=', extension)
          .where('key', 'not in', [row.key, MIGRATED])
          .executeTakeFirstOrThrow()
        requireRoom(extension, count + 1)
        await tx
          .insertInto('extension_values')
          .values(row)
          .onConflict((conflict) => conflict.columns(['extension', 'key']).doUpdateSet({ value: text }))
          .execute()
      })
    },
    delete: async (key) => {
      const gone = of(key)
      await ctx.db.deleteFrom('extension_values').where('extension', '=', gone.extension).where('key', '=', gone.key).execute()
    },
    keys: async (prefix = '') => {
      const rows = await ctx.db.selectFrom('extension_values').select('key').where('extension', '=', extension).orderBy('key').execute()
      return rows.map(({ key }) => key).filter((key) => key !== MIGRATED && key.startsWith(prefix))
    },
    migrate: async (steps) => {
      const done = await migrationsDone(ctx.db, extension)
      if (done > steps.length)
        throw conflict(
          `A newer version of ${extension} was here: it brought its store to step ${done}, and this one knows ${steps.length}.`,
        )
      for (const [at, step] of steps.entries()) if (at >= done) await migrateBy(ctx, extension, step, at + 1)
    },
  }
}

async function migrationsDone(db: Context['db'], extension: string): Promise<number> {
  const values = db.selectFrom('extension_values').select('value').where('extension', '=', extension)
  return Number((await values.where('key', '=', MIGRATED).executeTakeFirst())?.value ?? 0)
}

/** The step runs before the transaction, which it would hold up; its extension is in its setup, where nothing else of it runs. */
async function migrateBy(ctx: Pick<Context, 'db' | 'engine'>, extension: string, step: StoreMigration, number: number): Promise<void> {
  const rows = await ctx.db.selectFrom('extension_values').select(['key', 'value']).where('extension', '=', extension).execute()
  const entries = new Map(rows.flatMap(({ key, value }) => (key === MIGRATED ? [] : [[key, JSON.parse(value) as unknown]])))
  await step(entries)
  requireRoom(extension, entries.size)
  const kept = [...entries].map(([key, value]) => ({ extension, key: requireKey(key), value: requireValue(key, value) }))
  kept.push({ extension, key: MIGRATED, value: String(number) })
  await transact(ctx, async (tx) => {
    await tx.deleteFrom('extension_values').where('extension', '=', extension).execute()
    for (let from = 0; from < kept.length; from += ROWS_AT_ONCE)
      await tx
        .insertInto('extension_values')
        .values(kept.slice(from, from + ROWS_AT_ONCE))
        .execute()
  })
}

function requireRoom(extension: string, count: number): void {
  if (count > MOST_KEYS) throw invalid(`The extension ${extension} keeps ${MOST_KEYS} keys already, which is the most.`)
}

/** @returns as JSON */
function requireValue(key: string, value: unknown): string {
  const text = JSON.stringify(value) as string | undefined
  if (text === undefined || text.length > LONGEST_VALUE)
    throw invalid(`The value of ${quote(key)} must be JSON of at most ${LONGEST_VALUE} characters.`)
  return text
}

function requireKey(key: string): string {
  // No text of a PostgreSQL database holds a NUL.
  if (typeof key !== 'string' || key === '' || key.length > LONGEST_KEY || !key.isWellFormed() || key.includes('\u0000'))
    throw invalid(`A key must be a text of 1 to ${LONGEST_KEY} characters, and none of them NUL.`)
  return key
}
