/** Damages a database as a bad disk does: pages of a table or an index of the real file are overwritten. */
import assert from 'node:assert/strict'
import Sqlite from 'better-sqlite3'
import { closeSync, openSync, readSync, writeSync } from 'node:fs'

export type PageKind = 'internal' | 'leaf' | 'overflow'

export interface Page {
  /** From 1. */
  readonly number: number
  readonly kind: PageKind
}

/** Tables and indexes of a database, and how large its pages are. The database must not be open elsewhere. */
export function readLayout(file: string): { pageBytes: number; names: string[] } {
  const db = new Sqlite(file)
  try {
    db.pragma('wal_checkpoint(truncate)')
    const names = db
      .prepare<[], string>("select name from sqlite_schema where type in ('table', 'index') and rootpage > 0 order by rootpage")
      .pluck()
      .all()
    return { pageBytes: Number(db.pragma('page_size', { simple: true })), names }
  } finally {
    db.close()
  }
}

/** The pages of a table or an index, in their order. */
export function pagesOf(file: string, name: string): Page[] {
  const db = new Sqlite(file)
  try {
    db.pragma('wal_checkpoint(truncate)')
    return db.prepare<[string], Page>('select pageno as number, pagetype as kind from dbstat where name = ? order by path').all(name)
  } finally {
    db.close()
  }
}

/** Overwrites a page with what is no page. */
export function overwritePage(file: string, number: number): void {
  const handle = openSync(file, 'r+')
  try {
    // The database's header says it, and so it need not be opened, which damage may hinder.
    const header = new Uint8Array(18)
    readSync(handle, header, 0, header.length, 0)
    const pageBytes = (header[16] ?? 0) * 256 + (header[17] ?? 0)
    writeSync(handle, new Uint8Array(pageBytes).fill(0xa5), 0, pageBytes, (number - 1) * pageBytes)
  } finally {
    closeSync(handle)
  }
}

/**
 * Overwrites a page of a table or an index: the last one of that kind unless told otherwise.
 * @param at counts the pages of the kind, from 0; from the end when negative
 */
export function damagePage(file: string, name: string, kind: PageKind, at = -1): void {
  const page = pagesOf(file, name)
    .filter((one) => one.kind === kind)
    .at(at)
  assert.ok(page, `${name} has a page of the kind ${kind}`)
  overwritePage(file, page.number)
}
