/** Checks the permissions of files with secrets and data: other users of the machine don't need to read them. */
import { quoteForShell } from '../base/quote.ts'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Settings } from '../settings/settings.ts'
import type { Report } from './report.ts'

/** Permission bits of users other than the owner and the group. */
const OTHERS = 0o007
/** Of files that hold nothing. */
const LOCK = 'holds nothing, but who may read it can keep the server from starting'

export function checkPermissions(report: Report, settings: Settings): void {
  const { file, databaseFile, storageFolder, backupPlace, TLS_KEY, MQTT_TLS_KEY } = settings
  // On Windows, permission bits mean little.
  if (process.platform === 'win32') return
  const folder = dirname(databaseFile)
  const name = basename(databaseFile)
  const beside = existsSync(folder)
    ? readdirSync(folder).filter(
        (other) =>
          other === name ||
          new RegExp(`^(?:-wal|-shm|\\.backup-v\\d+(?:\\.before-.*)?|\\.before-restore-.*)$`).test(
            other.startsWith(name) ? other.slice(name.length) : '',
          ),
      )
    : []
  const looked = [
    [file, 'holds the secrets that keys and sessions rest on'],
    ...beside.map((other) => [join(folder, other), 'holds hashes of keys and passwords, and all that the lab has measured']),
    ...[databaseFile, join(storageFolder, '.owner')].map((locked) => [`${locked}.lock`, LOCK] as const),
    [storageFolder, "holds people's files"],
    [backupPlace, 'holds all that the lab has, and its secrets'],
    ...[...new Set([TLS_KEY, MQTT_TLS_KEY])].map(
      (key) => [key === undefined ? undefined : resolve(dirname(file ?? '.'), key), 'holds the private key of TLS'] as const,
    ),
  ] as const
  for (const [path, content] of looked) {
    if (path === undefined || !existsSync(path)) continue
    const status = statSync(path)
    if ((status.mode & OTHERS) === 0 || (status.isDirectory() && isHidden(path))) continue
    report.warn(
      'permissions',
      path,
      `is open to every user of this machine (mode ${(status.mode & 0o777).toString(8)}), and ${content}`,
      `chmod o-rwx ${quoteForShell(path)}`,
    )
  }
}

/** Whether other users have no permission for anything in a folder. */
function isHidden(folder: string): boolean {
  return readdirSync(folder).every((name) => {
    const status = statSync(join(folder, name), { throwIfNoEntry: false })
    return status === undefined || (status.mode & OTHERS) === 0
  })
}
