/** Pages of a database as they go from one machine to another. */

/** Where somebody is who follows the changes of a database: meaningless in another run of the program that writes it. */
export interface PagePosition {
  readonly run: string
  readonly until: number
}

export interface ChangedPages extends PagePosition {
  /** base: the changes since the position are not known; whoever follows first compares all pages, then goes on from this position. */
  readonly kind: 'changes' | 'base'
  readonly pageBytes: number
  /** The database's size at that moment, in pages. */
  readonly pageCount: number
  /** With these pages all is as it was at one moment. Otherwise more are to be asked for before any is applied. */
  readonly isComplete: boolean
  /** For each page its number (4 bytes, big-endian) and its content. */
  readonly pages: Uint8Array
}

/** Pages whose hash is compared at once. */
export const GROUP_PAGES = 64
/** Bytes of a group's hash. */
export const HASH_BYTES = 16

/** Takes packed pages apart. @throws Error when they are torn */
export function* unpackPages(pages: Uint8Array, pageBytes: number): Generator<[page: number, content: Buffer]> {
  const all = Buffer.from(pages.buffer, pages.byteOffset, pages.byteLength)
  const size = 4 + pageBytes
  if (all.length % size !== 0) throw new Error('the pages are torn')
  for (let at = 0; at < all.length; at += size) yield [all.readUInt32BE(at), all.subarray(at + 4, at + size)]
}
