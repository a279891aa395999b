/**
 * A file that takes up space until there is none left: then it is given up, so that a database on a full disk can still be opened and
 * things can be deleted from it. Space that other programs fill is beyond what the reserve of the settings can keep.
 */
import { rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { requireFile } from '../../base/regular-files.ts'

/** Enough for the log of a deletion and its checkpoint. */
const BYTES = 8 * 1024 * 1024
const CHUNK = 256 * 1024

const ballastFile = (database: string): string => `${database}.ballast`

/** Makes it, unless it is there. When there is no room for it nothing is left of it. */
export async function takeBallast(database: string): Promise<void> {
  const file = ballastFile(database)
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) >= BYTES) return
  try {
    requireFile(file)
    const handle = await open(file, 'w', 0o600)
    try {
      // Zeros that are written take up blocks, where a hole would not.
      for (let written = 0; written < BYTES; written += CHUNK) await handle.write(new Uint8Array(CHUNK))
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch {
    giveBallast(database)
  }
}

/** Gives its space to the database. @returns whether there was any */
export function giveBallast(database: string): boolean {
  const file = ballastFile(database)
  const isThere = statSync(file, { throwIfNoEntry: false }) !== undefined
  rmSync(file, { force: true })
  return isThere
}
