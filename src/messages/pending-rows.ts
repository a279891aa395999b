/**
 * Rows that wait to be written, the newest of each key. A row that is removed before it was ever written costs nothing.
 */
export class Changes<K, R> {
  /** undefined: the row is to go. */
  readonly rows = new Map<K, R | undefined>()
  /** Keys that are in no database yet. */
  readonly #fresh = new Set<K>()

  get size(): number {
    return this.rows.size
  }

  /** @param isNew nothing was ever written under that key */
  put(key: K, row: R, isNew = false): void {
    if (isNew) this.#fresh.add(key)
    this.rows.set(key, row)
  }

  remove(key: K): void {
    if (this.#fresh.delete(key)) this.rows.delete(key)
    else this.rows.set(key, undefined)
  }

  /** Puts back what could not be written; what changed since then counts. */
  restore(older: Changes<K, R>): void {
    for (const [key, row] of older.rows) {
      const isNew = older.#fresh.has(key)
      if (!this.rows.has(key)) this.put(key, row as R, isNew)
      else if (isNew && this.rows.get(key) === undefined) this.rows.delete(key)
      else if (isNew) this.#fresh.add(key)
    }
  }

  /** Rows to write and keys to remove, `size` at a time. */
  chunks(size: number): { put: R[][]; gone: K[][] } {
    const put: R[] = []
    const gone: K[] = []
    for (const [key, row] of this.rows) {
      if (row === undefined) gone.push(key)
      else put.push(row)
    }
    return { put: cut(put, size), gone: cut(gone, size) }
  }
}

function cut<T>(list: readonly T[], size: number): T[][] {
  const pieces: T[][] = []
  for (let at = 0; at < list.length; at += size) pieces.push(list.slice(at, at + size))
  return pieces
}
