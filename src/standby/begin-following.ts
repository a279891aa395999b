/** Makes a place on this machine the standby of a lab: settings with the lab's secrets, and the record of whom it follows. */
import { existsSync, statSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { conflict, invalid } from '../base/fault.ts'
import { fileLabelOf } from '../base/time.ts'
import { placeSettings } from '../backup/settings-copy.ts'
import { readText } from '../base/regular-files.ts'
import { foldLog, renameDatabase } from '../database/sqlite/checked-copy.ts'
import { runningDaemon } from '../database/sqlite/daemon-lock.ts'
import { recordFile } from '../resources/lab-identity.ts'
import { requireDatabaseFile } from '../settings/database-url.ts'
import { readSettingsFile, resolveSettings, type Settings } from '../settings/settings.ts'
import { writeText } from '../storage/files/files.ts'
import { readOwner } from '../storage/files/folder-owner.ts'
import { LabLink } from './lab-link.ts'
import { readStandbyRecord, writeStandbyRecord } from './standby-record.ts'

export interface FollowOptions {
  readonly server: string
  /** A system admin's. */
  readonly key: string
  /** Where the lab reaches this server. */
  readonly url: string | undefined
  readonly settingsFile: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Puts aside what is there. */
  readonly isOver: boolean
  readonly clock: Clock
}

/**
 * @returns the settings to serve with, and what was put aside
 * @throws Fault conflict when something else is there and isOver is false, or a server runs on it; what the lab answers
 */
export async function beginFollowing(options: FollowOptions): Promise<{ settings: Settings; aside: string[] }> {
  const { server, key, url, settingsFile: file, environment, isOver, clock } = options
  const link = new LabLink(server, key)
  try {
    const lab = await link.settings()
    const before = existsSync(file) ? await readText(file) : undefined
    const placed = placeSettings(lab.settings, before)
    const label = fileLabelOf(clock.now())
    const aside: string[] = []
    const record = readStandbyRecord(file)
    const isSame = record?.role === 'standby' && record.lab === lab.lab
    // A place that follows this lab keeps its settings: they were made here, and may have been changed here.
    const settings = isSame && before !== undefined ? resolveSettings(readSettingsFile(file), file, environment) : undefined
    const next = settings ?? (await trySettings(file, placed.text, environment))
    requireDatabaseFile(next, 'A standby', "replicate the database with PostgreSQL's own means (docs/postgresql.md).")
    if (existsSync(next.databaseFile)) {
      const pid = runningDaemon(next.databaseFile)
      if (pid !== undefined) throw conflict(`A server (process ${pid}) runs on ${next.databaseFile}: stop it first.`)
    }
    if (!isSame) await clearPlace(next, { lab: lab.lab, before, isOver, label, aside })
    if (!settings) await writeText(file, placed.text)
    writeStandbyRecord(file, {
      role: 'standby',
      server: link.url,
      key,
      url,
      lab: lab.lab,
      ...(isSame ? { epoch: record.epoch, point: record.point } : {}),
    })
    return { settings: next, aside }
  } finally {
    link.close()
  }
}

async function trySettings(file: string, text: string, environment: FollowOptions['environment']): Promise<Settings> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const trial = `${file}.following`
  try {
    await writeText(trial, text)
    return resolveSettings(readSettingsFile(trial), file, environment)
  } finally {
    await rm(trial, { force: true })
  }
}

/** @throws Fault conflict when something is there and may not be put aside; invalid when the environment has another SALT */
async function clearPlace(
  settings: Settings,
  { lab, before, isOver, label, aside }: { lab: string; before: string | undefined; isOver: boolean; label: string; aside: string[] },
): Promise<void> {
  const { file, databaseFile, storageFolder } = settings
  const hasDatabase = (statSync(databaseFile, { throwIfNoEntry: false })?.size ?? 0) > 0
  const there = [...(before === undefined ? [] : [file]), ...(hasDatabase ? [databaseFile] : [])]
  if (there.length > 0 && !isOver)
    throw conflict(
      `A lab is there already (${there.join(', ')}). To make it a standby, say --over: what is there is put aside, not removed. Or name ` +
        'another settings file with RHIZO_SERVER_SETTINGS.',
    )
  if (settings.sources.SALT !== undefined && settings.sources.SALT !== file && !settings.sources.SALT.endsWith('.following'))
    throw invalid(`${settings.sources.SALT} sets a SALT, and a standby needs that of its lab: take it out.`)
  if (before !== undefined) {
    await writeText(`${file}.before-standby-${label}`, before)
    aside.push(`${file}.before-standby-${label}`)
  }
  await rm(recordFile(file), { force: true })
  if (hasDatabase) {
    foldLog(databaseFile)
    renameDatabase(databaseFile, `${databaseFile}.before-standby-${label}`)
    aside.push(`${databaseFile}.before-standby-${label}`)
  }
  const owner = existsSync(storageFolder) ? await readOwner(storageFolder) : undefined
  if (owner !== undefined && owner.lab !== lab) {
    await rename(storageFolder, `${storageFolder}.before-standby-${label}`)
    aside.push(`${storageFolder}.before-standby-${label}`)
  }
}
