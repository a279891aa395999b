/** What reading and writing files durably takes. */
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf } from '../../base/disk-errors.ts'
import { syncFolder } from '../../base/folders.ts'
import { openAtOnce } from '../../base/regular-files.ts'

export { codeOf, syncFolder }

/** Whether an error says that there is no such file, nor a folder where it would be. */
export const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'

/** What `work` gives, or undefined when the file that it is about is missing. */
export async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** The text of a small file, or undefined when it is missing. */
export const readText = (path: string): Promise<string | undefined> => unlessMissing(readAtOnce(path))

async function readAtOnce(path: string): Promise<string> {
  const file = await openAtOnce(path)
  try {
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/** Makes a small file hold a text, durably: a crash leaves the old content or the new. Readable by its owner only. */
export async function writeText(path: string, text: string): Promise<void> {
  const unfinished = `${path}.new`
  const file = await open(unfinished, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.datasync()
    await file.close()
    await rename(unfinished, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await file.close().catch(() => {})
    await rm(unfinished, { force: true }).catch(() => {})
    throw error
  }
}
