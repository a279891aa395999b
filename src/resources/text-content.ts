/** Reads files as text, in the encodings that tables are read in, up to a limit. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { Fault } from '../base/fault.ts'
import { openContent, readWhole } from '../content/content.ts'
import type { Revision } from '../content/content.ts'
import { readRevision, requireFile } from './files.ts'
import { requireRead } from '../tree/permissions.ts'
import { encodingOf, type Encoding } from '../tables/encoding.ts'
import type { Resource } from '../tree/tree.ts'

export interface TextContent {
  /** undefined: the file has no content yet. */
  readonly revision: Revision | undefined
  /** undefined: it is no text, whatever its name says. A byte order mark at the beginning is kept. */
  readonly text: string | undefined
  readonly encoding: Encoding
  /** Whether the text written as UTF-8 gives the same bytes. */
  readonly isExact: boolean
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
  if (!revision || revision.size === 0) return { revision, text: '', encoding: 'utf-8', isExact: true, isWhole: true }
  const isWhole = revision.size <= limit
  const content = await openContent(ctx, revision, isWhole ? undefined : { start: 0, end: limit - 1 })
  return { revision, ...decode(content instanceof Uint8Array ? content : await readWhole(content, limit), isWhole), isWhole }
}

async function findRevision(ctx: Context, actor: Actor, file: Resource, revisionId: number | undefined): Promise<Revision | undefined> {
  try {
    return await readRevision(ctx, actor, file, revisionId)
  } catch (error) {
    if (revisionId === undefined && error instanceof Fault && error.code === 'not_found') return undefined
    throw error
  }
}

/** Control characters that no text has; broken lines, tabs, new pages and terminals' colours are some that it may have. */
const BINARY = /[\0-\u0006\u000e-\u001a\u001c-\u001f]/

function decode(bytes: Uint8Array, isWhole: boolean): Pick<TextContent, 'text' | 'encoding' | 'isExact'> {
  const encoding = encodingOf(bytes)
  try {
    // Leaves out a character that the limit cuts.
    const text = new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes, { stream: !isWhole })
    // Any bytes are text in one encoding or another, but many binary formats begin with letters.
    return { text: BINARY.test(text) ? undefined : text, encoding, isExact: encoding === 'utf-8' }
  } catch {
    // A place or two that are broken, as a power cut leaves them.
    const text = new TextDecoder(encoding).decode(bytes)
    return { text: BINARY.test(text) ? undefined : text, encoding, isExact: false }
  }
}
