/** This program's version, from its package. */
import { readFileSync } from 'node:fs'

/** Found upwards from here, since compiled files lie one level deeper than their sources. */
export function readVersion(): string {
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
