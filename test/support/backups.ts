/** Backups of a lab and labs of backups: `const made = await backUpLab(lab, folder)`, `const again = await startRestored(t, folder)`. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { backUp } from '../../src/backup/back-up.ts'
import type { MadeBackup } from '../../src/backup/make-backup.ts'
import { restoreFrom } from '../../src/backup/restore-from.ts'
import type { RestoredLab, RestoreOptions } from '../../src/backup/restore.ts'
import type { BucketAccess } from '../../src/storage/places/open-places.ts'
import { systemClock } from '../../src/base/clock.ts'
import { startLab, type Lab } from './lab.ts'
import { databaseOf, makeDatabase, TEST_SERVER } from './postgres.ts'

export const KEY = 'a key of many characters'

export async function makeFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-backups-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export const backUpLab = (
  lab: Pick<Lab, 'settings'>,
  folder: string,
  more: Partial<Parameters<typeof backUp>[1]> = {},
): Promise<MadeBackup> => backUp(folder, { settings: lab.settings, clock: systemClock, key: undefined, hasSecrets: true, ...more })

/** Restores the newest backup of `from` into the folder `to`; the database goes to a file there, or to a server where tests run on one. */
export async function restoreTo(
  from: string,
  to: string,
  more: Partial<RestoreOptions & { key: string; access: BucketAccess }> = {},
): Promise<RestoredLab> {
  const server = process.env[TEST_SERVER]
  const environment = server === undefined ? {} : { RHIZO_SERVER_DATABASE_URI: await makeDatabase(server, databaseOf(to)) }
  const settingsFile = join(to, 'config.yaml')
  return restoreFrom(from, { clock: systemClock, settingsFile, environment, isOver: false, key: undefined, ...more })
}

/** A daemon on the newest backup of `from`, restored into a folder of its own. */
export async function startRestored(t: TestContext, from: string, more: Partial<RestoreOptions & { key: string }> = {}): Promise<Lab> {
  const folder = await makeFolder(t)
  await restoreTo(from, folder, more)
  return startLab(t, { folder })
}

export async function upload(lab: Lab, name: string, content: Buffer): Promise<void> {
  const { status, text } = await lab.post('/resources', { path: '/lab', name, type: 20, data: content.toString('base64') })
  if (status !== 200) throw new Error(text)
}

/** All values of a sequence, oldest first. */
export async function valuesOf(lab: Lab, path: string): Promise<number[]> {
  const { json } = await lab.get(`/resources${path}`, { count: 100_000 })
  return (json as { values: (number | string)[] }).values.map(Number)
}
