/** Reads files as text, if they are UTF-8, up to a limit. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { Fault } from '../base/fault.ts'
import { openContent, readWhole } from '../content/content.ts'
import type { Revision } from '../content/content.ts'
import { readRevision, requireFile } from './files.ts'
import { requireRead } from '../tree/permissions.ts'
import type { Resource } from '../tree/tree.ts'

export interface TextContent {
  /** undefined: the file has no content yet. */
  readonly revision: Revision | undefined
  /** undefined: it is not UTF-8 text, whatever its name says. A byte order mark at the beginning is kept. */
  readonly text: string | undefined
  /** False when the file is larger than the limit: `text` is its beginning. */
  readonly isWhole: boolean
}

/**
 * The newest revision of a file as text, or the one with the given id.
 * @param limit maximum number of bytes to read
 * @throws Fault forbidden; invalid when it is not a file; not_found when there is no such revision
 */
export async function readText(
  ctx: Context,
  actor: Actor,
  file: Resource,
  { limit, revisionId }: { limit: number; revisionId?: number | undefined },
): Promise<TextContent> {
  requireFile(file)
  requireRead(ctx, actor, file)
  const revision = await findRevision(ctx, actor, file, revisionId)
  if (!revision || revision.size === 0) return { revision, text: '', isWhole: true }
  const isWhole = revision.size <= limit
  const content = await openContent(ctx, revision, isWhole ? undefined : { start: 0, end: limit - 1 })
  return { revision, text: decode(content instanceof Uint8Array ? content : await readWhole(content, limit), isWhole), isWhole }
}

async function findRevision(ctx: Context, actor: Actor, file: Resource, revisionId: number | undefined): Promise<Revision | undefined> {
  try {
    return await readRevision(ctx, actor, file, revisionId)
  } catch (error) {
    if (revisionId === undefined && error instanceof Fault && error.code === 'not_found') return undefined
    throw error
  }
}

function decode(bytes: Uint8Array, isWhole: boolean): string | undefined {
  // Text never contains a zero byte, but many binary formats begin with letters.
  if (bytes.includes(0)) return undefined
  try {
    // Leaves out a character that the limit cuts.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: !isWhole })
  } catch {
    return undefined
  }
}
