/** The worker log: a text sequence in which the server reports to its admins what it did and noticed, in addition to the structured log. */
import { isSystemAdmin, type Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { Fault, forbidden } from '../base/fault.ts'
import { createResource } from '../resources/creation.ts'
import { SEQUENCE, SYSTEM_FOLDER, TEXT } from '../wire/resource-types.ts'
import { appendValues } from '../sequences/sequences.ts'
import { serverActor } from '../resources/system.ts'
import type { Resource } from '../tree/tree.ts'

const FOLDER = `/${SYSTEM_FOLDER}/worker`
const NAME = 'log'
const MAX_HISTORY = 10_000
/** Maximum length of an entry, in characters. */
const MAX_ENTRY = 2_000

/**
 * Adds an entry to `/system/worker/log`, which is created if it is missing: one sentence in plain words for admins, such as "Gave up a mail
 * to ann@example.com: …". Never throws: a worker's work must not fail because of its log.
 */
export async function logWork(ctx: Context, text: string): Promise<void> {
  try {
    const sequence = await findLog(ctx)
    await appendValues(ctx, serverActor, [{ sequence, value: text.toWellFormed().slice(0, MAX_ENTRY) }])
  } catch (error) {
    ctx.log.error({ err: error, text }, 'writing to the worker log failed')
  }
}

/** The log's sequence; undefined until the first entry. @throws Fault forbidden for all but system admins */
export function findWorkerLog(ctx: Context, actor: Actor): Resource | undefined {
  if (!isSystemAdmin(actor)) throw forbidden('Only system admins read the log of the server.')
  return ctx.tree.descend([...FOLDER.slice(1).split('/'), NAME])
}

async function findLog(ctx: Context): Promise<Resource> {
  const path = [...FOLDER.slice(1).split('/'), NAME]
  const existing = ctx.tree.descend(path)
  if (existing) return existing
  try {
    await createResource(ctx, serverActor, {
      folder: FOLDER,
      name: NAME,
      type: SEQUENCE,
      systemAttributes: { data_type: TEXT, max_history: MAX_HISTORY, min_storage_interval: 0 },
    })
  } catch (error) {
    // Two simultaneous entries may both find it missing.
    if (!(error instanceof Fault && error.code === 'conflict')) throw error
  }
  const made = ctx.tree.descend(path)
  if (!made) throw new Error('the worker log was made, but is not there')
  return made
}
