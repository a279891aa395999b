/** Checks what surrounds the server: disk space, the clock, and the port. */
import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { askPlainly } from '../client/own-machine.ts'
import type { Snapshot } from '../database/sqlite/snapshot.ts'
import { RELEASED } from '../base/believed-time.ts'
import type { Settings } from '../settings/settings.ts'
import { DAY, MINUTE, formatTimestamp, type Micros } from '../base/time.ts'
import type { Report } from './report.ts'

const MEGABYTE = 1_000_000
/** Free bytes: below SCARCE writes will soon fail, below LOW is worth a warning. */
const SCARCE = 100 * MEGABYTE
const LOW = 500 * MEGABYTE
/** Time to wait for an answer, in milliseconds. */
const PATIENCE = 10_000

export async function checkDisk(report: Report, { databaseFile, isOnServer, storageFolder }: Settings): Promise<void> {
  const folders = new Set([...(isOnServer ? [] : [dirname(databaseFile)]), ...(existsSync(storageFolder) ? [storageFolder] : [])])
  const told = new Set<string>()
  for (const folder of folders) {
    if (!existsSync(folder)) continue
    const { bavail, bsize, blocks, files, ffree } = await statfs(folder)
    const free = bavail * bsize
    const isTold = told.has(`${blocks} ${bavail}`)
    told.add(`${blocks} ${bavail}`)
    if (isTold) continue
    const advice = 'Free some, keep less (max_age, max_history), or move the database and the storage folder to a larger disk.'
    if (free < SCARCE) report.error('machine', folder, `has ${Math.round(free / MEGABYTE)} MB free: soon nothing can be stored`, advice)
    else if (free < LOW) report.warn('machine', folder, `has ${Math.round(free / MEGABYTE)} MB free`, advice)
    if (files > 0 && ffree < 1_000)
      report.error('machine', folder, `has room for ${ffree} more files: soon nothing can be stored`, 'Remove files that are not needed.')
  }
}

/** @param snapshot undefined: don't compare with times in the database */
export async function checkClock(report: Report, now: Micros, snapshot: Snapshot | undefined): Promise<void> {
  const advice =
    'Set it, or let the machine do so (timedatectl set-ntp true); values that the server stamps are of the wrong time otherwise.'
  if (now < RELEASED) report.error('machine', 'the clock', `shows ${formatTimestamp(now)}, which is long ago`, advice)
  else if (snapshot) {
    // These times come only from the server's own clock.
    const { newest } = await snapshot.db
      .selectFrom('probes')
      .select(({ fn }) => fn.max('timestamp').as('newest'))
      .executeTakeFirstOrThrow()
    const { started } = await snapshot.db
      .selectFrom('schema_migrations')
      .select(({ fn }) => fn.max('timestamp').as('started'))
      .executeTakeFirstOrThrow()
    const last = Math.max(newest ?? 0, started ?? 0)
    if (last > now + 10 * MINUTE)
      report.error(
        'machine',
        'the clock',
        `shows ${formatTimestamp(now)}, and the server wrote at ${formatTimestamp(last)} already: it is behind, or was ahead`,
        advice,
      )
    const { ahead } = await snapshot.db
      .selectFrom('sequence_blocks')
      .select(({ fn }) => fn.max('last').as('ahead'))
      .executeTakeFirstOrThrow()
    if (ahead !== null && ahead > now + DAY)
      report.warn(
        'machine',
        'values',
        `reach to ${formatTimestamp(ahead)}, which is to come: a clock was wrong`,
        'What is found about values names their sequences. Move them (rhizo seq shift) or remove them (rhizo seq delete PATH --start now).',
      )
  }
}

/** @param pid of the daemon that uses the database; undefined: there is none */
export async function checkPort(
  report: Report,
  { LISTEN_ADDRESS: address, PORT: port }: Settings,
  pid: number | undefined,
  url: string,
): Promise<void> {
  if (port === 0) return
  if (pid === undefined) {
    const code = await tryListening(address, port)
    if (code === 'EADDRINUSE')
      report.error(
        'machine',
        `port ${port} on ${address}`,
        'is taken by another program, so that the server does not start',
        `Stop that program ("ss -ltnp 'sport = :${port}'" names it), or choose another with the setting PORT.`,
      )
    else if (code === 'EACCES')
      report.warn(
        'machine',
        `port ${port} on ${address}`,
        'may not be used by this user',
        'Choose one from 1024 with the setting PORT, or start the server as a user who may.',
      )
    else if (code !== undefined)
      report.error(
        'machine',
        `address ${address}`,
        `is none that this machine can listen on (${code})`,
        'Set LISTEN_ADDRESS to an address of this machine, such as 127.0.0.1 or 0.0.0.0.',
      )
    return
  }
  const problem = await findHealthProblem(url)
  if (problem !== undefined)
    report.error(
      'machine',
      `the server (process ${pid})`,
      `${problem} at ${url}`,
      'Look at its log. If it was started with other settings, run the command with the same.',
    )
}

async function findHealthProblem(url: string): Promise<string | undefined> {
  try {
    const { status } = await askPlainly(`${url}/health`, PATIENCE)
    return status === 200 ? undefined : `says that it is not well (${status})`
  } catch {
    return 'does not answer'
  }
}

/** @returns the error's code; undefined when it worked */
async function tryListening(address: string, port: number): Promise<string | undefined> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen(port, address, () => server.close(() => resolve(undefined)))
  })
}
