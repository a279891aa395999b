/**
 * What a server knows of its part, in a file beside its settings: whether it follows another server, is the lab and who followed it, or
 * was replaced. It holds the key with which a standby asks, so only its owner reads it.
 */
import { closeSync, fdatasyncSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { invalid } from '../base/fault.ts'
import { isObject } from '../base/json.ts'
import { readTextNow } from '../base/regular-files.ts'
import { standbyFile } from '../resources/standby-place.ts'
import type { Successor } from '../resources/lab-standing.ts'

export interface StandbyRecord {
  /** standby: follows {@link server}. lab: {@link server} followed it, or was followed by it. retired: another server is the lab. */
  readonly role: 'standby' | 'lab' | 'retired'
  /** URL of the other server. */
  readonly server?: string | undefined
  /** A system admin's key for it. */
  readonly key?: string | undefined
  /** This server's own URL, as the other one reaches it. */
  readonly url?: string | undefined
  readonly lab?: string | undefined
  /** The highest number of a take-over that it knows of. */
  readonly epoch?: number | undefined
  /** The moment whose state the standby's database has, ISO 8601. */
  readonly point?: string | undefined
  readonly successor?: Successor | undefined
}

const orderFile = (settingsFile: string): string => `${settingsFile}.take-over`

/** @returns undefined when there is none @throws Fault invalid when it is damaged */
export function readStandbyRecord(settingsFile: string): StandbyRecord | undefined {
  const file = standbyFile(settingsFile)
  let text: string
  try {
    text = readTextNow(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const record = parse(text)
  if (!record)
    throw invalid(
      `The file ${file}, which says whether this server is a standby, is damaged. If it is the lab, remove the file; if it is a standby, ` +
        'remove it and say "rhizo standby follow" again.',
    )
  return record
}

function parse(content: string): StandbyRecord | undefined {
  let value: unknown
  try {
    value = JSON.parse(content)
  } catch {
    return undefined
  }
  if (!isObject(value)) return undefined
  const { role, epoch, successor } = value
  if (role !== 'standby' && role !== 'lab' && role !== 'retired') return undefined
  const text = (name: string): string | undefined => (typeof value[name] === 'string' ? value[name] : undefined)
  return {
    role,
    server: text('server'),
    key: text('key'),
    url: text('url'),
    lab: text('lab'),
    epoch: typeof epoch === 'number' ? epoch : undefined,
    point: text('point'),
    successor:
      isObject(successor) && typeof successor['epoch'] === 'number'
        ? { epoch: successor['epoch'], url: typeof successor['url'] === 'string' ? successor['url'] : undefined }
        : undefined,
  }
}

/** A crash leaves the old record or the new one. @param isDurable false: a power cut may leave the old one */
export function writeStandbyRecord(settingsFile: string, record: StandbyRecord, isDurable = true): void {
  const file = standbyFile(settingsFile)
  const unfinished = `${file}.part`
  const descriptor = openSync(unfinished, 'w', 0o600)
  try {
    writeSync(descriptor, `${JSON.stringify(record)}\n`)
    if (isDurable) fdatasyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(unfinished, file)
}

/** Asks the server that follows here, now or at its next start, to take the lab over. */
export function orderTakeOver(settingsFile: string): void {
  closeSync(openSync(orderFile(settingsFile), 'w', 0o600))
}

export function isTakeOverOrdered(settingsFile: string): boolean {
  try {
    return statSync(orderFile(settingsFile)).isFile()
  } catch {
    return false
  }
}

export function endTakeOverOrder(settingsFile: string): void {
  rmSync(orderFile(settingsFile), { force: true })
}
