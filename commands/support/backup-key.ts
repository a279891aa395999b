/** The key of encrypted backups. */
import { invalid } from '../../src/base/fault.ts'
import { readText } from '../../src/base/regular-files.ts'

/** The shortest key, as of the setting BACKUP_KEY. */
const LEAST = 16

/** The first line of a file, or what is set. @throws Fault invalid when the file holds none */
export async function backupKey(keyFile: string | undefined, set: string | undefined): Promise<string | undefined> {
  if (keyFile === undefined) return set
  const key = (await readText(keyFile, { once: true })).split('\n')[0]?.trim() ?? ''
  if (key.length < LEAST) throw invalid(`The first line of ${keyFile} has to be a key of at least ${LEAST} characters.`)
  return key
}
