/**
 * The database of a new lab, migrated once and copied for each: what migrations do is no subject of most tests, and it is a third of the
 * work of starting a lab. Tests of migrations and commands make theirs from nothing.
 */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { migrateSqlite } from '../../src/database/sqlite/sqlite.ts'

let making: Promise<string> | undefined

/** Puts an empty database of the newest schema at `path`. @param clock tells when the first of the process was migrated */
export async function copyEmptyDatabase(path: string, clock: Clock): Promise<void> {
  making ??= makeEmptyDatabase(clock)
  copyFileSync(await making, path)
}

async function makeEmptyDatabase(clock: Clock): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-empty-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'rhizo.db')
  await migrateSqlite({ path, clock, log: silentLog })
  return path
}
