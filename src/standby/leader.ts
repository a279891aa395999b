/** What a lab's server answers the standby that follows it. All of it is for system admins, where the setting STANDBY_ALLOWED says so. */
import type { Readable } from 'node:stream'
import { Fault, conflict, forbidden, invalid } from '../base/fault.ts'
import { formatTimestamp } from '../base/time.ts'
import { VERSION } from '../base/version.ts'
import { copySettings } from '../backup/settings-copy.ts'
import type { Context } from '../context.ts'
import { migrations } from '../database/migrate.ts'
import type { PagePosition } from '../database/sqlite/pages.ts'
import { describeSuccessor, yieldLab, type Successor } from '../resources/lab-standing.ts'
import { isSystemAdmin, type Actor } from '../tree/actor.ts'
import { packBatch, type ChangesHead } from './batch.ts'
import { readStandbyRecord, writeStandbyRecord } from './standby-record.ts'

/** Pages of one answer. */
const MOST_PAGES = 4_096
/** Groups of pages whose hashes, and whose content, one answer has. */
export const MOST_HASHES = 256
export const MOST_GROUPS = 16
const MOST_CONTENTS = 1_000

export interface Asked {
  readonly since: PagePosition | undefined
  /** The highest number of a take-over that the standby knows of. */
  readonly epoch: number
  /** The standby's URL. */
  readonly url: string | undefined
}

/** Content of a file that a standby is to have. */
export interface NamedContent {
  /** Of the revision. */
  readonly id: number
  readonly path: string
  readonly size: number
  /** SHA-1, hex. */
  readonly hash: string
}

function requireStandby({ settings }: Context, actor: Actor): void {
  if (!isSystemAdmin(actor)) throw forbidden('Only system admins may follow this lab.')
  if (!settings.STANDBY_ALLOWED)
    throw forbidden(
      `No standby may follow this server, as it would get all that the server has, its secrets too. To allow it, set STANDBY_ALLOWED: ` +
        'true in its settings and start it again.',
    )
}

/** Once a day for each caller: a copy begins, which will have all that this server has. */
const recordCopy = ({ audit }: Context, actor: Actor): void =>
  audit.gather(actor, { kind: 'export.lab', subject: { kind: 'setting', name: 'standby' } })

/** Pages that changed, packed as in batch.ts. @throws Fault forbidden; conflict when another server is the lab */
export async function readChanges(ctx: Context, actor: Actor, { since, epoch, url }: Asked): Promise<Uint8Array> {
  requireStandby(ctx, actor)
  if (!since) recordCopy(ctx, actor)
  if (epoch > ctx.lab.epoch) learnSuccessor(ctx, { epoch, url })
  else if (url !== undefined) ctx.lab.followedBy(url, ctx.clock.monotonic())
  if (url !== undefined && !ctx.lab.successor) remember(ctx, url)
  const time = formatTimestamp(ctx.clock.now())
  const { pages, ...changed } = await ctx.engine.pages.changes(since, MOST_PAGES)
  const head: ChangesHead = {
    ...changed,
    lab: ctx.lab.id,
    epoch: ctx.lab.epoch,
    schema: migrations.length,
    program: VERSION,
    time,
    tree: String(ctx.tree.version),
  }
  return packBatch(head, pages)
}

/** The standby's URL is kept: after a start this server asks there first whether it still is the lab. */
function remember({ settings, lab, log }: Context, url: string): void {
  if (lab.peer === url) return
  lab.peer = url
  const record = readStandbyRecord(settings.file)
  if (record?.role === 'lab' && record.server === url) return
  writeStandbyRecord(settings.file, { role: 'lab', server: url, lab: lab.id, epoch: lab.epoch })
  log.info({ standby: url }, 'a standby follows')
}

/** Packed with a head of `groups`: how many there are. @throws Fault forbidden */
export async function readHashes(ctx: Context, actor: Actor, from: number): Promise<Uint8Array> {
  requireStandby(ctx, actor)
  if (from === 0) recordCopy(ctx, actor)
  const { file } = ctx.engine.pages
  return packBatch({ groups: await file.groups() }, await file.hashes(from, MOST_HASHES))
}

/** @throws Fault forbidden; invalid for too many groups */
export async function readGroups(ctx: Context, actor: Actor, groups: readonly number[]): Promise<Uint8Array> {
  requireStandby(ctx, actor)
  if (groups.length > MOST_GROUPS) throw invalid(`groups has ${groups.length} numbers; allowed: up to ${MOST_GROUPS}.`)
  return packBatch({}, await ctx.engine.pages.file.readGroups(groups))
}

/** Content that revisions name in the storage folder, in the order of their ids. @throws Fault forbidden */
export async function listContents(ctx: Context, actor: Actor, after: number): Promise<{ contents: NamedContent[]; more: boolean }> {
  requireStandby(ctx, actor)
  const rows = await ctx.db
    .selectFrom('resource_revisions')
    .select(['id', 'storage_path', 'size', 'hash'])
    .where('id', '>', after)
    .where('storage_path', 'is not', null)
    .orderBy('id')
    .limit(MOST_CONTENTS)
    .execute()
  const contents = rows.flatMap(({ id, storage_path: path, size, hash }) => (path === null ? [] : [{ id, path, size, hash }]))
  return { contents, more: rows.length === MOST_CONTENTS }
}

/** @throws Fault forbidden; invalid; not_found */
export async function openStoredContent(ctx: Context, actor: Actor, path: string): Promise<Readable> {
  requireStandby(ctx, actor)
  if (!/^[0-9a-f]{2}\/[0-9a-f]+$/.test(path)) throw invalid('path is no path of the storage folder.')
  return ctx.storage.read(path)
}

/** The settings file with its secrets: with another SALT no key works. @throws Fault forbidden */
export function readSettingsForStandby(ctx: Context, actor: Actor): { lab: string; settings: string } {
  requireStandby(ctx, actor)
  recordCopy(ctx, actor)
  return { lab: ctx.lab.id, settings: copySettings(ctx.settings, true) }
}

/**
 * Somebody says that another server is the lab now.
 * @throws Fault forbidden; invalid for another lab; conflict when this server was taken over later than that one
 */
export function hearOfSuccessor(ctx: Context, actor: Actor, { lab, epoch, url }: Successor & { lab: string }): void {
  if (!isSystemAdmin(actor)) throw forbidden('Only system admins may say which server is the lab.')
  if (lab !== ctx.lab.id) throw invalid(`lab is ${lab}, and this server has lab ${ctx.lab.id}.`)
  if (!learnSuccessor(ctx, { epoch, url }))
    throw conflict(`This server is the lab since take-over ${ctx.lab.epoch}, and the other one since ${epoch}: the other one is to yield.`)
}

/** Yields to another server, over each start. @returns false when that one's number is not higher */
export function learnSuccessor(ctx: Context, successor: Successor): boolean {
  // What only shows a lab has nothing to yield.
  if (ctx.engine.isReadOnly) return false
  const wasKnown = ctx.lab.successor !== undefined
  if (!yieldLab(ctx, successor)) return false
  if (!wasKnown) {
    try {
      writeStandbyRecord(ctx.settings.file, { role: 'retired', lab: ctx.lab.id, epoch: ctx.lab.epoch, successor })
    } catch (error) {
      throw new Fault('busy', `${describeSuccessor(successor)} That could not be recorded.`, { cause: error })
    }
  }
  return true
}
