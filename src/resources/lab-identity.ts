/**
 * What tells that a database and settings belong together. The database holds the lab's id and a fingerprint of the SALT; beside the
 * settings file lies a record of the lab that they were last used with. So a wrong settings file, an emptied database and a disk that
 * isn't mounted are told from a new lab.
 */
import { createHash, randomUUID } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { LAB_EPOCH, LAB_ID, SALT_FINGERPRINT } from '../attributes/lab-id.ts'
import { invalid, type Fault } from '../base/fault.ts'
import { isObject } from '../base/json.ts'
import type { Log } from '../base/log.ts'
import type { Kysely } from 'kysely'
import { parseAttributes } from '../attributes/resource-attributes.ts'
import { readTextNow } from '../base/regular-files.ts'
import type { Schema } from '../database/schema.ts'
import { changeJson } from '../database/json-columns.ts'
import { transact } from '../database/transact.ts'
import type { Context } from '../context.ts'
import type { Settings } from '../settings/settings.ts'
import { SYSTEM_FOLDER } from '../wire/resource-types.ts'

/**
 * How a program comes to its database. known: it must be there, of the lab that the settings were used with. first: it may be made, unless
 * the settings were used with one at that place. adopt: an administrator takes what is there, or makes a new one, whatever was before.
 */
export type Acquaintance = 'known' | 'first' | 'adopt'

/** What lies beside the settings file. */
interface LabRecord {
  readonly lab: string
  /** The database file, absolute. */
  readonly database: string
}

type Identity = Pick<Settings, 'file' | 'databaseFile' | 'isOnServer' | 'SALT'>

export const recordFile = (settingsFile: string): string => `${settingsFile}.lab`

/** Doesn't tell the SALT: that has 32 random bytes, and each of its hashes of keys would tell as much. */
export const fingerprintOf = (salt: string): string =>
  createHash('sha256').update(`fingerprint of the SALT\n${salt}`).digest('hex').slice(0, 16)

/**
 * Before the database is opened, which would make a missing one.
 * @throws Fault invalid when it is missing or empty and may not be made: says what to do
 */
export function requireDatabase(settings: Identity, acquaintance: Acquaintance): void {
  const { databaseFile, isOnServer } = settings
  if (acquaintance === 'adopt' || isOnServer) return
  const what = findMissing(databaseFile)
  if (what === undefined) return
  if (acquaintance === 'first' && readLabRecord(settings.file)?.database !== databaseFile) return
  throw refuse(`The database ${databaseFile}`, describeMissing(settings, what))
}

/** Whether tables may be made in a database on a server that has none. */
export const mayMakeTables = (settings: Identity, acquaintance: Acquaintance | undefined): boolean =>
  acquaintance === undefined ||
  acquaintance === 'adopt' ||
  (acquaintance === 'first' && readLabRecord(settings.file)?.database !== settings.databaseFile)

/** @returns undefined when there is a database of any size */
export function findMissing(databaseFile: string): 'missing' | 'empty' | undefined {
  const status = statSync(databaseFile, { throwIfNoEntry: false })
  return status === undefined ? 'missing' : status.isFile() && status.size === 0 ? 'empty' : undefined
}

/**
 * Compares the lab of an open database with the settings, and records in both what the other is. The id is made once, the same in all
 * copies of the database. What lies outside of it, such as a storage folder, says by it whose it is.
 * @param acquaintance undefined: nothing is read or recorded beside the settings
 * @returns the lab's id
 * @throws Fault invalid when they don't belong together: says what to do
 */
export async function meetLab(ctx: Context, acquaintance: Acquaintance | undefined): Promise<string> {
  const { settings, log } = ctx
  const isAdopted = acquaintance === 'adopt'
  const record = acquaintance === undefined ? undefined : readLabRecord(settings.file)
  const place = record?.database === settings.databaseFile ? record : undefined
  const fingerprint = fingerprintOf(settings.SALT)
  /** @throws Fault invalid when what the database says of itself is not what was expected */
  const compare = (lab: unknown, salt: unknown): void => {
    if (isAdopted) return
    if (salt !== undefined && salt !== fingerprint) throw refuse('The setting SALT', describeOtherSalt(settings))
    if (place && typeof lab === 'string' && place.lab !== lab)
      throw refuse(`The database ${settings.databaseFile}`, describeOtherLab(settings, place.lab, lab))
  }
  if (ctx.engine.isReadOnly) {
    const { lab = '', salt } = await readIdentity(ctx.db)
    compare(lab, salt)
    return lab
  }
  const lab = await transact(ctx, async (tx) => {
    let id = ''
    await changeJson(tx, 'resources.system_attributes', ctx.tree.descend([SYSTEM_FOLDER])?.id ?? 0, (attributes) => {
      const { [LAB_ID]: present, [SALT_FINGERPRINT]: known } = attributes
      id = typeof present === 'string' ? present : randomUUID()
      compare(id, known)
      return JSON.stringify({ ...attributes, [LAB_ID]: id, [SALT_FINGERPRINT]: fingerprint })
    })
    if (id === '') throw new Error('the organization /system is missing')
    return id
  })
  if (acquaintance !== undefined && place?.lab !== lab) writeLabRecord(settings, lab, log)
  return lab
}

/** Something wrong, as the rest of a sentence about it, and what to do. */
interface Trouble {
  readonly problem: string
  readonly advice: string
}

/** Of the database file. */
export function describeMissing({ file, databaseFile }: Identity, what: 'missing' | 'empty'): Trouble {
  const record = readLabRecord(file)
  const isKnown = record?.database === databaseFile
  return {
    problem:
      `${what === 'missing' ? 'is not there' : 'is empty (0 bytes)'}` +
      (isKnown ? `, though these settings were used with it (lab ${record.lab})` : ''),
    advice:
      'If its disk is not mounted, mount it; if it was moved, put it back or correct DATABASE_URI; if it is lost, restore a backup. ' +
      `To begin with a new, empty database: rhizo init-db${isKnown ? ' --adopt' : ''}.`,
  }
}

/** Of the setting SALT. */
export const describeOtherSalt = ({ file, databaseFile }: Identity): Trouble => ({
  problem: `in ${file} is not the one with which the database ${databaseFile} was made, so that no key would work`,
  advice:
    'Take the settings file from a copy. If that SALT is lost: "rhizo init-db --adopt" takes the database with the new one, and all keys ' +
    'have to be made again.',
})

/** Of the database file. */
export const describeOtherLab = ({ file }: Identity, before: string, now: string): Trouble => ({
  problem: `is of lab ${now}, and the settings ${file} were used with lab ${before} there`,
  advice: 'See that the right disk is mounted and that DATABASE_URI names the right file. If the change is meant: rhizo init-db --adopt.',
})

const refuse = (subject: string, { problem, advice }: Trouble): Fault => invalid(`${subject} ${problem}. ${advice}`)

/** @returns undefined when there is none, or it can't be read */
export function readLabRecord(settingsFile: string): LabRecord | undefined {
  try {
    const content: unknown = JSON.parse(readTextNow(recordFile(settingsFile)))
    const { lab, database } = isObject(content) ? content : {}
    return typeof lab === 'string' && typeof database === 'string' ? { lab, database } : undefined
  } catch {
    return undefined
  }
}

/** A folder of settings that can't be written keeps no record: then a missing database is taken for one that never was. */
function writeLabRecord({ file, databaseFile }: Identity, lab: string, log: Log): void {
  const record: LabRecord = { lab, database: databaseFile }
  const unfinished = `${recordFile(file)}.part`
  try {
    const descriptor = openSync(unfinished, 'w', 0o600)
    try {
      writeSync(descriptor, `${JSON.stringify(record)}\n`)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(unfinished, recordFile(file))
  } catch (error) {
    log.debug({ err: error, file: recordFile(file) }, 'which lab the settings are of could not be recorded beside them')
  }
}

/** What the database says of itself; undefined where it was made before it said so. */
export async function readIdentity(db: Kysely<Schema>): Promise<{ lab: string | undefined; salt: string | undefined; epoch: number }> {
  const row = await db
    .selectFrom('resources')
    .select('system_attributes')
    .where('parent_id', 'is', null)
    .where('name', '=', SYSTEM_FOLDER)
    .where('deleted', '=', 0)
    .executeTakeFirst()
  const { [LAB_ID]: lab, [SALT_FINGERPRINT]: salt, [LAB_EPOCH]: epoch } = row ? parseAttributes(row.system_attributes) : {}
  return {
    lab: typeof lab === 'string' ? lab : undefined,
    salt: typeof salt === 'string' ? salt : undefined,
    epoch: typeof epoch === 'number' ? epoch : 0,
  }
}
