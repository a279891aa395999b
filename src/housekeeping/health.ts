/**
 * Whether the server can do its work, asked of what its work needs: that a write is durable and is read back, that the database and the
 * storage folder are the ones that it began with, that values are sealed, and that there is space.
 */
import { sql } from 'kysely'
import type { Context } from '../context.ts'
import { describeDisk } from '../storage/space.ts'

/** ok: well. warning: works, and somebody should see to it. error: something of it does not work. */
export type Condition = 'ok' | 'warning' | 'error'

export interface Check {
  readonly state: Condition
  /** What is wrong and what to do; undefined when all is well. */
  readonly message?: string
}

export interface Health {
  /** The worst of the checks. */
  readonly status: Condition
  /** How long a durable write took, in ms; undefined when it failed, or did not end in time. */
  readonly writeMs: number | undefined
  readonly checks: Readonly<Record<string, Check>>
}

/** How long all checks may take together, in ms. */
const PATIENCE = 900
const OK: Check = { state: 'ok' }
const SEVERITY: readonly Condition[] = ['ok', 'warning', 'error']

/** What is checked from outside of this room, by name: it must not take long. */
export type MoreChecks = Readonly<Record<string, () => Check>>

/** Never throws, and takes a second at most. */
export async function examineHealth(ctx: Context, more: MoreChecks = {}): Promise<Health> {
  const start = performance.now()
  let writeMs: number | undefined
  const write = async (): Promise<Check> => {
    // A standby is meant to store nothing.
    if (ctx.engine.refresh) return OK
    if (ctx.engine.isReadOnly) return { state: 'warning', message: 'The server is read-only: nothing is stored.' }
    await requireWriteReadBack(ctx)
    writeMs = performance.now() - start
    return OK
  }
  const checks: Record<string, Check> = {}
  await Promise.all(
    Object.entries({
      write,
      database: async () => checkDatabase(ctx),
      files: async () => (ctx.engine.isReadOnly ? OK : ctx.storage.probe().then(() => OK)),
      space: async () => checkSpace(ctx),
      ...Object.fromEntries(Object.entries(more).map(([name, check]) => [name, async () => check()])),
    }).map(async ([name, check]) => {
      checks[name] = await inTime(ctx, name, check)
    }),
  )
  const status = SEVERITY[Math.max(...Object.values(checks).map(({ state }) => SEVERITY.indexOf(state)))] ?? 'error'
  return { status, writeMs, checks }
}

async function inTime(ctx: Context, name: string, check: () => Promise<Check>): Promise<Check> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Check>((resolve) => {
    timer = setTimeout(
      () => resolve({ state: 'error', message: 'There was no answer within a second: the disk may be stalled.' }),
      PATIENCE,
    )
  })
  try {
    return await Promise.race([check(), late])
  } catch (error) {
    ctx.log.error({ err: error, check: name }, 'a check of the health failed')
    return { state: 'error', message: error instanceof Error ? error.message : String(error) }
  } finally {
    clearTimeout(timer)
  }
}

/** Writes a row, waits until it is durable, and reads it with the connection that readers use. @throws any error of the database */
async function requireWriteReadBack(ctx: Context): Promise<void> {
  const timestamp = ctx.clock.now()
  await ctx.db
    .insertInto('probes')
    .values({ id: 1, timestamp })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ timestamp: sql<number>`excluded.timestamp` }))
    .execute()
  const row = await ctx.db.selectFrom('probes').select('timestamp').where('id', '=', 1).executeTakeFirst()
  // A probe at the same time may have written a later one.
  if (row === undefined || row.timestamp < timestamp) throw new Error('What was written to the database is not read back from it.')
}

function checkDatabase({ engine }: Context): Check {
  const problem = engine.findLoss() ?? engine.findTrouble()
  return problem === undefined ? OK : { state: 'error', message: problem }
}

function checkSpace({ space }: Context): Check {
  const worst = space.disks.find(({ level }) => level === space.level)
  if (space.level === 'enough' || !worst) return OK
  const room = `${worst.folder} has ${describeDisk(worst)}`
  if (space.level === 'low') return { state: 'warning', message: `${room}. Free some space soon, or keep less.` }
  return { state: 'error', message: `${room}: ${space.level === 'scarce' ? 'files are' : 'files and values are'} refused.` }
}
