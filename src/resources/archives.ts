/** Sends several files and folders as one zip, which is made while it is sent. Source: protocol, section 4. */
import { Readable } from 'node:stream'
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { invalid, notFound } from '../base/fault.ts'
import { DistinctNames } from '../base/distinct-names.ts'
import { filterInTurns } from '../base/long-lists.ts'
import { ZipWriter } from '../base/zip-writer.ts'
import { openContent } from '../content/content.ts'
import { canRead, requireRead } from '../tree/permissions.ts'
import { aboutResource } from './removal.ts'
import { FILE, SEQUENCE } from '../wire/resource-types.ts'
import { encodePoints } from '../exports/value-lines.ts'
import { recordExport } from '../sequences/export-records.ts'
import { refOf, streamValues } from '../sequences/sequences.ts'
import { isFolder, isImageSequence, pathOf, type Resource } from '../tree/tree.ts'

/** What a zip says that it does not hold. */
const LEFT_OUT = 'left out.txt'
/** Bytes of a line of CSV with a number, as a rule. */
const BYTES_A_LINE = 30
/** Maximum bytes of content in one zip. */
export const MAX_ARCHIVE_BYTES = 500 * 1024 * 1024
const MAX_ARCHIVE_FILES = 50_000
/** What a zip takes in memory while it is made: its compressor and a page of values, and a member that is still to come. */
const ZIP_BYTES = 500_000
const MEMBER_BYTES = 300
/** Formats that are compressed already. */
const COMPRESSED = /\.(?:png|jpe?g|gif|webp|mp4|mov|mp3|zip|gz|bz2|xz|7z|xlsx|docx|pdf)$/i

export interface ArchiveRequest {
  /** Of children of the folder. */
  readonly ids: readonly number[]
  readonly withSequences: boolean
}

interface Member {
  path: string
  /** undefined: an empty folder */
  content: { revisionId: number; size: number } | { sequence: Resource } | { text: string } | undefined
  modified: Date
}

/**
 * A zip of some children of a folder, with everything below child folders; leaves out apps, and anything below that the caller may not
 * read. With sequences, each is a CSV file, and a text says which were left out because they hold images.
 * @returns a stream that the caller reads or destroys; each file is opened when its turn comes
 * @throws Fault not_found for an id that is not a child, or of one that the caller may not read; forbidden; invalid past 500 MB
 */
export async function openArchive(ctx: Context, actor: Actor, folder: Resource, { ids, withSequences }: ArchiveRequest): Promise<Readable> {
  requireRead(ctx, actor, folder)
  const chosen = [...new Set(ids)].map((id) => {
    const child = ctx.tree.byId(id)
    if (child?.parent !== folder || !canRead(ctx, actor, child))
      throw notFound(`ids: ${pathOf(folder)} holds nothing with the id ${id} that you may read.`)
    return child
  })
  ctx.audit.gather(actor, aboutResource('export.zip', folder, { files: chosen.length }))
  const members = await listMembers(ctx, actor, chosen, withSequences)
  ctx.answer?.holds(ZIP_BYTES + MEMBER_BYTES * members.length)
  const zip = await ZipWriter.create()
  writeMembers(zip, ctx, actor, members).catch((error: unknown) => zip.fail(error))
  return zip.output
}

async function listMembers(ctx: Context, actor: Actor, chosen: readonly Resource[], withSequences: boolean): Promise<Member[]> {
  const members: Member[] = []
  const leftOut: string[] = []
  let total = 0
  const addSequence = async (sequence: Resource, path: string): Promise<void> => {
    if (isImageSequence(sequence)) {
      leftOut.push(pathOf(sequence))
      return
    }
    recordExport(ctx, actor, sequence)
    const { count, bytes } = await ctx.sequences.info(refOf(sequence))
    total += Math.max(count * BYTES_A_LINE, bytes)
    members.push({ path, content: { sequence }, modified: new Date(ctx.clock.now() / 1000) })
  }
  const files: { path: string; resource: Resource }[] = []
  const walk = async (resource: Resource, path: string): Promise<void> => {
    if (ctx.turns.isOver()) await ctx.turns.next()
    if (resource.type === FILE) files.push({ path, resource })
    if (resource.type === SEQUENCE && withSequences) await addSequence(resource, path)
    if (!isFolder(resource)) return
    const children = await filterInTurns(ctx.turns, resource.children.values(), (child) => canRead(ctx, actor, child))
    const taken = caseless()
    for (const child of children) await walk(child, `${path}/${uniqueName(nameOf(child), taken)}`)
    if (!children.some((child) => child.type === FILE || isFolder(child) || (withSequences && child.type === SEQUENCE)))
      members.push({ path, content: undefined, modified: new Date(ctx.clock.now() / 1000) })
  }
  const taken = caseless()
  for (const resource of chosen) await walk(resource, uniqueName(nameOf(resource), taken))
  if (files.length > MAX_ARCHIVE_FILES) throw invalid(`ids: a zip may hold ${MAX_ARCHIVE_FILES} files, these are ${files.length}.`)
  for (let from = 0; from < files.length; from += 500) {
    if (ctx.turns.isOver()) await ctx.turns.next()
    const some = files.slice(from, from + 500)
    const rows = await ctx.db
      .selectFrom('resources')
      .innerJoin('resource_revisions', 'resource_revisions.id', 'resources.last_revision_id')
      .select(['resources.id', 'resource_revisions.id as revision_id', 'resource_revisions.size', 'resources.modification_timestamp'])
      .where(
        'resources.id',
        'in',
        some.map(({ resource }) => resource.id),
      )
      .execute()
    const byId = new Map(rows.map((row) => [row.id, row]))
    for (const { path, resource } of some) {
      const row = byId.get(resource.id)
      if (!row) continue
      total += row.size
      members.push({
        path,
        content: { revisionId: row.revision_id, size: row.size },
        modified: new Date(row.modification_timestamp / 1000),
      })
    }
  }
  if (total > MAX_ARCHIVE_BYTES)
    throw invalid(`ids: a zip may hold ${MAX_ARCHIVE_BYTES} bytes of content, these are ${total}. Choose fewer files.`)
  if (leftOut.length > 0)
    members.push({
      path: uniqueName(LEFT_OUT, taken),
      content: { text: `These sequences hold images and are not in this zip:\n${leftOut.join('\n')}\n` },
      modified: new Date(ctx.clock.now() / 1000),
    })
  return members
}

/** A sequence is a file in a zip. */
const nameOf = (resource: Resource): string => (resource.type === SEQUENCE ? `${resource.name}.csv` : resource.name)

const caseless = (): DistinctNames => new DistinctNames((name) => name.toLowerCase())

/** Replaces colons, which zip programs take for a drive, and numbers names that then occur twice (or differ only in case). */
function uniqueName(name: string, taken: DistinctNames): string {
  const safe = name.replaceAll(':', '_')
  const dot = safe.lastIndexOf('.')
  const [stem, ending] = dot < 0 ? [safe, ''] : [safe.slice(0, dot), safe.slice(dot)]
  return taken.take(safe, (number) => `${stem} (${number})${ending}`)
}

async function writeMembers(zip: ZipWriter, ctx: Context, actor: Actor, members: readonly Member[]): Promise<void> {
  for (const { path, content, modified } of members) {
    if (ctx.turns.isOver()) await ctx.turns.next()
    if (content === undefined) {
      zip.addFolder(path, { mtime: modified, mode: 0o40755 })
      continue
    }
    const size = 'size' in content ? { size: content.size } : {}
    const options = { mtime: modified, mode: 0o100644, ...size, compress: !COMPRESSED.test(path) }
    if (!(await zip.add(path, chunksOf(ctx, actor, content), options))) return
  }
  zip.end()
}

/** Opens it when it is read. A file that was purged in the meantime aborts the zip, so that the reader sees that it is incomplete. */
async function* chunksOf(ctx: Context, actor: Actor, content: NonNullable<Member['content']>): AsyncGenerator<Uint8Array> {
  yield* await openMember(ctx, actor, content)
}

async function openMember(ctx: Context, actor: Actor, content: NonNullable<Member['content']>): Promise<Readable> {
  if ('text' in content) return Readable.from([Buffer.from(content.text)])
  if ('revisionId' in content) return openRevision(ctx, content.revisionId)
  const values = streamValues(ctx, actor, content.sequence, { order: 'ascending', limit: Number.POSITIVE_INFINITY })
  return Readable.from(encodePoints(ctx.turns, 'csv', values), { objectMode: false })
}

async function openRevision(ctx: Context, revisionId: number): Promise<Readable> {
  if (ctx.turns.isOver()) await ctx.turns.next()
  const row = await ctx.db
    .selectFrom('resource_revisions')
    .select(['size', 'data', 'storage_path', 'hash'])
    .where('id', '=', revisionId)
    .executeTakeFirst()
  if (!row) throw notFound('A file was removed while the zip was being made.')
  const content = await openContent(ctx, row)
  return content instanceof Uint8Array ? Readable.from([content]) : content
}
