/** Writes one stream to two places at once; either may fail without the other. */
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import type { StoredContent } from '../bulk-storage.ts'

export type Outcome = { readonly stored: StoredContent } | { readonly error: unknown }

const BUFFERED = 1_048_576

/**
 * Reads `content` to its end as long as one of the two takes it, at the pace of the slower one.
 * @throws whatever the stream throws; nothing is stored then
 */
export async function writeToBoth(
  content: AsyncIterable<Uint8Array>,
  first: (content: AsyncIterable<Uint8Array>) => Promise<StoredContent>,
  second: (content: AsyncIterable<Uint8Array>) => Promise<StoredContent>,
): Promise<[Outcome, Outcome]> {
  const feeds = [new PassThrough({ highWaterMark: BUFFERED }), new PassThrough({ highWaterMark: BUFFERED })] as const
  const outcomes = Promise.all([outcomeOf(first(feeds[0])), outcomeOf(second(feeds[1]))])
  // A feed that its reader left tells so by its end, not by an error of its own.
  for (const feed of feeds) feed.on('error', () => {})
  try {
    for await (const chunk of content) {
      if (feeds.every(({ destroyed }) => destroyed)) break
      await Promise.all(feeds.map((feed) => push(feed, chunk)))
    }
  } catch (error) {
    for (const feed of feeds) feed.destroy(error instanceof Error ? error : new Error(String(error)))
    await outcomes
    throw error
  }
  for (const feed of feeds) if (!feed.destroyed) feed.end()
  return outcomes
}

async function push(feed: PassThrough, chunk: Uint8Array): Promise<void> {
  if (feed.destroyed || feed.write(chunk)) return
  const abort = new AbortController()
  await Promise.race([once(feed, 'drain', abort), once(feed, 'close', abort)]).catch(() => {})
  abort.abort()
}

const outcomeOf = (writing: Promise<StoredContent>): Promise<Outcome> =>
  writing.then(
    (stored) => ({ stored }),
    (error: unknown) => ({ error }),
  )
