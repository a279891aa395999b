/** What extensions keep: JSON by key, each extension's own. */
import { invalid } from '../base/fault.ts'
import { quote } from '../base/path.ts'
import type { Context } from '../context.ts'
import { transact } from '../database/transact.ts'
import type { ExtensionStore } from './interface.ts'

const MOST_KEYS = 10_000
const LONGEST_KEY = 200
const LONGEST_VALUE = 100_000

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
      const text = JSON.stringify(value) as string | undefined
      if (text === undefined || text.length > LONGEST_VALUE)
        throw invalid(`The value of ${quote(key)} must be JSON of at most ${LONGEST_VALUE} characters.`)
      const row = { ...of(key), value: text }
      await transact(ctx, async (tx) => {
        const { count } = await tx
          .selectFrom('extension_values')
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .where('extension', '=', extension)
          .where('key', '!=', row.key)
          .executeTakeFirstOrThrow()
        if (count >= MOST_KEYS) throw invalid(`The extension ${extension} keeps ${MOST_KEYS} keys already, which is the most.`)
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
      return rows.map(({ key }) => key).filter((key) => key.startsWith(prefix))
    },
  }
}

function requireKey(key: string): string {
  if (typeof key !== 'string' || key === '' || key.length > LONGEST_KEY || !key.isWellFormed())
    throw invalid(`A key must be a text of 1 to ${LONGEST_KEY} characters.`)
  return key
}
