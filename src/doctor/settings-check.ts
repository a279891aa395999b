/** Checks the settings file: that it can be read, and that each setting in it is known and allowed. */
import { existsSync } from 'node:fs'
import { Fault } from '../base/fault.ts'
import { loadSettings, readSettingsFile, resolveSettings, type Settings } from '../settings/settings.ts'
import type { Report } from './report.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Replacements for missing secrets, so that the other settings can be checked. */
const SECRETS = { SALT: 'x'.repeat(32), SECRET_KEY: 'x'.repeat(32) }

/** @returns the settings in force, or those of them that are correct; undefined when they don't say where the database is */
export function checkSettings(report: Report, file: string, environment: Environment): Settings | undefined {
  if (!existsSync(file)) {
    report.error('settings', file, 'is not there', 'Make it with "rhizo init-db", or name another one with RHIZO_SERVER_SETTINGS.')
    return undefined
  }
  try {
    const settings = loadSettings(file, environment)
    report.counts.settings = Object.keys(readSettingsFile(file)).length
    warnOfIgnored(report, file, settings)
    return settings
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return findWrong(report, file, environment, error)
  }
}

/** `rhizo init-db` of version 0.1 wrote it into every settings file: that is no reason for care. */
const WRITTEN_BY_OLD_VERSIONS = new Set(['MESSAGE_TOKEN_SALT'])

function warnOfIgnored(report: Report, file: string, { ignored }: Settings): void {
  const names = ignored.filter((name) => !WRITTEN_BY_OLD_VERSIONS.has(name))
  if (names.length > 0)
    report.warn(
      'settings',
      file,
      `or the environment sets what does nothing here: ${names.join(', ')}`,
      'Take it out; the rest works the same.',
    )
}

/** Reports each wrong setting individually; the loader stops at the first. */
function findWrong(report: Report, file: string, environment: Environment, first: Fault): Settings | undefined {
  const advice = 'Correct it, or take it out; settings/config.sample.yaml lists all settings. The server does not start until then.'
  let content: Record<string, unknown>
  try {
    content = readSettingsFile(file)
  } catch {
    report.error('settings', file, `can't be read: ${first.message}`, advice)
    return undefined
  }
  report.counts.settings = Object.keys(content).length
  const right: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(content)) {
    try {
      resolveSettings({ ...SECRETS, [name]: value }, file, {})
      right[name] = value
    } catch (error) {
      report.error('settings', name, `is wrong: ${error instanceof Fault ? error.message : String(error)}`, advice)
    }
  }
  const isNamed = report.findings.length > 0
  for (const from of [environment, {}]) {
    try {
      const settings = resolveSettings({ ...SECRETS, ...right }, file, from)
      // Every setting in the file is correct, so a secret is missing.
      if (!isNamed && from === environment)
        report.error(
          'settings',
          file,
          `is not complete: ${first.message}`,
          'Take the secret from a copy of the file: without it no key works. A new one voids all keys.',
        )
      return settings
    } catch (error) {
      if (from === environment)
        report.error(
          'settings',
          'the environment',
          `is wrong: ${error instanceof Fault ? error.message : String(error)}`,
          'Correct the variable, or unset it. The server does not start until then.',
        )
    }
  }
  return undefined
}
