/** Whether the database of a place is another machine's: what is changed in it here would be gone, or spoil what follows. */
import { conflict } from '../base/fault.ts'
import { isObject } from '../base/json.ts'
import { readTextNow } from '../base/regular-files.ts'

/** Lies beside the settings of a server that follows another one, or did; `src/standby/standby-record.ts` has the whole of it. */
export const standbyFile = (settingsFile: string): string => `${settingsFile}.standby`

export function isStandbyPlace(settingsFile: string): boolean {
  try {
    const record: unknown = JSON.parse(readTextNow(standbyFile(settingsFile)))
    return isObject(record) && record['role'] === 'standby'
  } catch {
    return false
  }
}

/** @throws Fault conflict */
export function requireNoStandby(settingsFile: string): void {
  if (isStandbyPlace(settingsFile))
    throw conflict(
      `The server of ${settingsFile} is a standby: its database is a copy of another server's, in which nothing is changed here. Change ` +
        'it there, or make this server the lab with "rhizo standby take-over".',
    )
}
