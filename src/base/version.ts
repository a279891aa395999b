/** This program's version, from package.json. */
import { readFileSync } from 'node:fs'

export const VERSION = readVersion()

/** Looks for package.json one or two folders up, since compiled files lie one level deeper than their sources. */
function readVersion(): string {
  for (const place of ['../../package.json', '../../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as { name?: string; version?: string }
      if (name === 'rhizo' && version !== undefined) return version
    } catch {
      continue
    }
  }
  return 'unknown'
}
