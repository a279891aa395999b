/**
 * A disk that loses its power. It takes the operations of a recording in order; at any moment it can say what it may hold after a cut:
 * what was synced for certain, and of the rest what the mode of the cut lets through.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Operation } from './recording.ts'

/**
 * synced: only what was synced, names too (POSIX). journaled: only what was synced, but names as a journaling file system orders them.
 * all: everything, although nothing waited for it. torn: everything, the last write up to some sector. prefix: what was not synced in
 * order up to some operation. sectors, pages: of what was not synced any sectors of 512 bytes, or pages of 4,096. grown: files have their
 * sizes, and zeros where nothing was synced.
 */
export const MODES = ['synced', 'journaled', 'all', 'torn', 'prefix', 'sectors', 'pages', 'grown'] as const
export type Mode = (typeof MODES)[number]

const SECTOR = 512
const PAGE = 4_096

interface Change {
  /** Counts operations. */
  readonly number: number
  /** undefined: a truncation to `offset`. */
  readonly data: Buffer | undefined
  readonly offset: number
}

class File {
  readonly synced: Content
  pending: Change[] = []

  constructor(synced = new Content()) {
    this.synced = synced
  }

  sync(): void {
    for (const change of this.pending) this.synced.apply(change)
    this.pending = []
  }
}

/** Bytes that grow in place. */
class Content {
  #bytes: Buffer
  #length: number

  constructor(start: Buffer = Buffer.alloc(0)) {
    this.#bytes = Buffer.from(start)
    this.#length = start.length
  }

  get length(): number {
    return this.#length
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  apply({ data, offset }: Change): void {
    const end = data === undefined ? offset : Math.max(this.#length, offset + data.length)
    if (end > this.#bytes.length) {
      const grown = Buffer.alloc(end * 2)
      this.bytes.copy(grown)
      this.#bytes = grown
    }
    if (end < this.#length) this.#bytes.fill(0, end, this.#length)
    this.#length = end
    data?.copy(this.#bytes, offset)
  }

  with(changes: readonly Change[]): Content {
    const copy = new Content(this.bytes)
    for (const change of changes) copy.apply(change)
    return copy
  }
}

export class CrashDisk {
  /** Files by the names that programs see, and by those that are certain to be found after a cut. */
  readonly #names = new Map<string, File>()
  readonly #syncedNames = new Map<string, File>()
  readonly #folders = new Set<string>()
  #count = 0

  /** @param start the files before the recording, which count as synced */
  constructor(start: ReadonlyMap<string, Buffer>) {
    for (const [path, content] of start) {
      const file = new File(new Content(content))
      this.#names.set(path, file)
      this.#syncedNames.set(path, file)
    }
  }

  take({ kind, path, offset, data }: Operation): void {
    const number = this.#count++
    const file = this.#names.get(path)
    if (kind === 'write') file?.pending.push({ number, data, offset })
    else if (kind === 'truncate') file?.pending.push({ number, data: undefined, offset })
    else if (kind === 'sync') file?.sync()
    else if (kind === 'create') this.#names.set(path, new File())
    else if (kind === 'unlink') this.#names.delete(path)
    else if (kind === 'make-folder') this.#folders.add(path)
    else if (kind === 'rename' && file) {
      this.#names.delete(path)
      this.#names.set(relativeTo(path, data), file)
    } else if (kind === 'sync-folder') this.#syncFolder(path)
  }

  /** Writes what the disk may hold now into an empty folder. @param random gives numbers from 0 up to, not including, 1 */
  write(folder: string, mode: Mode, random: () => number): void {
    const names = mode === 'synced' ? this.#syncedNames : this.#names
    const last = this.#lastPending()
    const cut = Math.floor(random() * (last + 1))
    for (const path of this.#folders) mkdirSync(join(folder, path), { recursive: true })
    for (const [path, file] of names) {
      const target = join(folder, path)
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, contentOf(file, mode, { random, last, cut }))
    }
  }

  #lastPending(): number {
    let last = -1
    for (const { pending } of this.#names.values()) for (const { number } of pending) last = Math.max(last, number)
    return last
  }

  /** From now on the names in the folder are certain. */
  #syncFolder(folder: string): void {
    const isIn = (path: string): boolean => (dirname(path) === '.' ? '' : dirname(path)) === folder
    for (const path of this.#syncedNames.keys()) if (isIn(path) && !this.#names.has(path)) this.#syncedNames.delete(path)
    for (const [path, file] of this.#names) if (isIn(path)) this.#syncedNames.set(path, file)
  }
}

/** The new path of a rename is absolute: the folder above both is found by the old one. */
function relativeTo(before: string, after: Buffer): string {
  const parts = after.toString('utf8').split('/')
  return parts.slice(parts.length - before.split('/').length).join('/')
}

function contentOf(file: File, mode: Mode, { random, last, cut }: { random: () => number; last: number; cut: number }): Buffer {
  const { synced, pending } = file
  switch (mode) {
    case 'synced':
    case 'journaled':
      return synced.bytes
    case 'all':
      return synced.with(pending).bytes
    case 'prefix':
      return synced.with(pending.filter(({ number }) => number <= cut)).bytes
    case 'torn':
      return synced.with(pending.map((change) => (change.number === last ? tear(change, random) : change))).bytes
    case 'sectors':
      return synced.with(pending.flatMap((change) => pieces(change, SECTOR, random))).bytes
    case 'pages':
      return synced.with(pending.flatMap((change) => pieces(change, PAGE, random))).bytes
    case 'grown': {
      const { length } = synced.with(pending)
      return length > synced.length ? Buffer.concat([synced.bytes, Buffer.alloc(length - synced.length)]) : synced.bytes
    }
  }
}

/** A write up to some sector. */
function tear(change: Change, random: () => number): Change {
  const { data } = change
  return data === undefined ? change : { ...change, data: data.subarray(0, Math.floor((random() * data.length) / SECTOR) * SECTOR) }
}

/** Those aligned pieces of a write that reach the disk; a truncation does. */
function pieces({ number, data, offset }: Change, size: number, random: () => number): Change[] {
  if (data === undefined) return [{ number, data, offset }]
  const kept: Change[] = []
  for (let from = 0; from < data.length; ) {
    const end = Math.min(data.length, from + size - ((offset + from) % size))
    if (random() < 0.5) kept.push({ number, data: data.subarray(from, end), offset: offset + from })
    from = end
  }
  return kept
}
