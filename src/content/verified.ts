/** Content that is read whole is compared with its hash: a disk that changed it is noticed, and nothing wrong is given as right. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Context } from '../context.ts'
import { Fault } from '../base/fault.ts'

/** What content has to be. */
export interface Expected {
  /** SHA-1, hex. */
  readonly hash: string
  /** For the log: the piece of bulk storage; null when it is in the database. */
  readonly storage_path: string | null
}

const hashOf = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex')

/** @throws Fault internal when it is not what was stored */
export function verifyBytes(ctx: Context, bytes: Uint8Array, expected: Expected): Uint8Array {
  const found = hashOf(bytes)
  if (found !== expected.hash) throw noteDamage(ctx, expected, found)
  return bytes
}

/** @returns the same bytes; the last of them come when all are known to be right, and else an error does: Fault internal */
export function verifyStream(ctx: Context, content: Readable, expected: Expected): Readable {
  const verified = Readable.from(checkedChunks(ctx, content, expected), { objectMode: false })
  // A generator that never began does not end what it reads.
  verified.once('close', () => content.destroy())
  return verified
}

async function* checkedChunks(ctx: Context, content: AsyncIterable<Uint8Array>, expected: Expected): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha1')
  let last: Uint8Array | undefined
  for await (const chunk of content) {
    hash.update(chunk)
    if (last) yield last
    last = chunk
  }
  const found = hash.digest('hex')
  if (found !== expected.hash) throw noteDamage(ctx, expected, found)
  if (last) yield last
}

function noteDamage(ctx: Context, { hash, storage_path: path }: Expected, found: string): Fault {
  const where = path === null ? `database ${ctx.engine.name}` : `storage folder, piece ${path}`
  ctx.observer.damaged('content')
  ctx.log.error({ piece: path, hash, found }, 'the content of a file is not what was stored')
  return new Fault(
    'internal',
    `The content of this revision is damaged: its SHA-1 is ${found}, not ${hash} as when it was stored (in the ${where}). ` +
      'Take another revision, or restore a backup; "rhizo doctor" on the server names all that is damaged.',
  )
}
