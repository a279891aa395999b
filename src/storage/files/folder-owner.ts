/** Whose a storage folder is: recorded in it, in the file `.owner`, and locked while a daemon uses it. */
import { join } from 'node:path'
import { isDiskError, describeFileError } from '../../base/disk-errors.ts'
import { Fault, invalid } from '../../base/fault.ts'
import { makeFolder } from '../../base/folders.ts'
import { isObject } from '../../base/json.ts'
import { NotAFile, reasonOf as sentenceOf } from '../../base/regular-files.ts'
import { takeLock } from '../../database/sqlite/daemon-lock.ts'
import type { StorageOwner } from '../bulk-storage.ts'
import { codeOf, readText, writeText } from './files.ts'

const SETTING = 'FILE_SYSTEM_STORAGE_PATH'

/** The name of the file that says whose a folder is. */
export const OWNER = '.owner'
const ownerFile = (folder: string): string => join(folder, OWNER)

/**
 * Locks the folder for this process and records whose it is, unless that is recorded already.
 * @returns gives the lock back
 * @throws Fault conflict when the folder belongs to another lab, or another daemon uses it; invalid when it can't be used
 */
export async function claimFolder(folder: string, owner: StorageOwner): Promise<() => void> {
  let unlock: (() => void) | undefined
  try {
    await makeFolder(folder, 0o700)
    unlock = takeLock(ownerFile(folder), `the storage folder ${folder}`, `or give this one a folder of its own with the setting ${SETTING}`)
    const recorded = await readOwner(folder)
    if (recorded && recorded.lab !== owner.lab) throw belongsToAnother(folder, recorded, owner)
    if (recorded?.database !== owner.database) await writeText(ownerFile(folder), `${JSON.stringify(owner)}\n`)
    return unlock
  } catch (error) {
    try {
      unlock?.()
    } catch {
      // What went wrong first is what matters.
    }
    if (error instanceof Fault && !(error instanceof NotAFile)) throw error
    const reason = isDiskError(error)
      ? describeFileError(error, 'The storage folder', folder)
      : `The storage folder ${folder} can't be used (${error instanceof NotAFile ? sentenceOf(error) : reasonOf(error)}).`
    throw new Fault('invalid', `${reason} See the setting ${SETTING}.`, { cause: error })
  }
}

/** @returns whose the folder is; undefined when nobody has claimed it @throws Fault invalid when that can't be read */
export async function readOwner(folder: string): Promise<StorageOwner | undefined> {
  const file = ownerFile(folder)
  const text = await readText(file).catch((error: unknown) => {
    throw new Fault('invalid', `Whose the storage folder ${folder} is can't be read from ${file} (${reasonOf(error)}).`, { cause: error })
  })
  if (text === undefined) return undefined
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    content = undefined
  }
  const { lab, database } = isObject(content) ? content : {}
  if (typeof lab !== 'string' || typeof database !== 'string')
    throw invalid(
      `Whose the storage folder ${folder} is can't be read from ${file}, as that file is damaged. If the folder belongs to this ` +
        'database, remove the file and start again.',
    )
  return { lab, database }
}

/** What is wrong when a folder belongs to another lab, and what to do. */
export function describeOtherOwner(folder: string, recorded: StorageOwner, owner: StorageOwner): { problem: string; advice: string } {
  return {
    problem:
      `belongs to another database, ${recorded.database} (lab ${recorded.lab}), and not to this server's, ${owner.database} ` +
      `(lab ${owner.lab})`,
    advice:
      `Give this server a folder of its own with the setting ${SETTING}. To hand the folder over on purpose, remove the file ` +
      `${ownerFile(folder)} and start this server: what only the other database names stays in the folder's trash/ for 30 days.`,
  }
}

function belongsToAnother(folder: string, recorded: StorageOwner, owner: StorageOwner): Fault {
  const { problem, advice } = describeOtherOwner(folder, recorded, owner)
  return new Fault('conflict', `The storage folder ${folder} ${problem}. ${advice}`)
}

const reasonOf = (error: unknown): string => codeOf(error) ?? (error instanceof Error ? error.message : String(error))
