/** Folders whose names survive a power cut: a new one is durable once the folder above it is synced. */
import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf } from './disk-errors.ts'

/** A rename, or a new file, is durable once its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close().catch(() => {})
  }
}

function syncFolderNow(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Codes of folders that can't be synced by this user, or on this file system. Nothing is lost if they were there long before. */
const UNSYNCABLE: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM', 'EINVAL', 'ENOTSUP', 'EISDIR', 'EBADF', 'EROFS'])

/**
 * Makes a folder, and those above it that are missing, and syncs the one above each: also when it was there already, as its maker may not
 * have come so far. Makes one level at a time, since the recursive mkdir of Node reports a full disk as ENOENT.
 * @throws Error of the file system; ENOTDIR when there is a file in its place
 */
export async function makeFolder(folder: string, mode = 0o777): Promise<void> {
  let isNew = true
  try {
    await mkdir(folder, { mode })
  } catch (error) {
    isNew = await existsInstead(error, folder, mode)
  }
  await syncFolder(dirname(folder)).catch((error: unknown) => {
    if (isNew || !UNSYNCABLE.has(codeOf(error))) throw error
  })
}

/** @returns whether it was made now; false: it was there */
async function existsInstead(error: unknown, folder: string, mode: number): Promise<boolean> {
  const above = dirname(folder)
  if (codeOf(error) === 'ENOENT' && above !== folder) {
    await makeFolder(above, mode)
    // Another maker may have been faster.
    return mkdir(folder, { mode }).then(
      () => true,
      (again: unknown) => {
        if (codeOf(again) !== 'EEXIST') throw again
        return false
      },
    )
  }
  // A folder of a read-only file system, or one that this user may not write, can be there as well.
  try {
    await (await open(`${folder}/.`, 'r')).close()
    return false
  } catch {
    throw error
  }
}

/** {@link makeFolder}, for a start, where nothing else is to be done meanwhile. */
export function makeFolderNow(folder: string, mode = 0o777): void {
  let isNew = true
  try {
    mkdirSync(folder, { mode })
  } catch (error) {
    const above = dirname(folder)
    if (codeOf(error) === 'ENOENT' && above !== folder) {
      makeFolderNow(above, mode)
      mkdirSync(folder, { mode })
    } else {
      requireFolder(folder, error)
      isNew = false
    }
  }
  try {
    syncFolderNow(dirname(folder))
  } catch (error) {
    if (isNew || !UNSYNCABLE.has(codeOf(error))) throw error
  }
}

/** @throws the error when there is no such folder */
function requireFolder(folder: string, error: unknown): void {
  try {
    closeSync(openSync(`${folder}/.`, 'r'))
  } catch {
    throw error
  }
}
