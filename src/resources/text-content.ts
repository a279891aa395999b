/** Files as text: what is UTF-8, up to a limit. */
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
  /** undefined: it is no UTF-8 text, whatever its name says. A mark of order at the beginning is left in it. */
  readonly text: string | undefined
  /** False when the file is larger than the limit: `text` is its beginning. */
  readonly isWhole: boolean
}

/**
 * The newest revision of a file as text, or the one whose id is given.
 * @param limit bytes that are read at most
 * @throws Fault forbidden; invalid when it is no file; not_found when there is no such revision
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
  // No text has a zero in it, but much else begins with letters.
  if (bytes.includes(0)) return undefined
  try {
    // A character that the limit cuts is left out.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: !isWhole })
  } catch {
    return undefined
  }
}
