import { readFileSync } from 'node:fs'

/** The package's version. The compiled file is three folders below package.json (dist/src/client), the source two. */
function readVersion(): string {
  for (const up of ['../../../package.json', '../../package.json']) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as { name?: string; version?: string }
      if (manifest.name === 'rhizo' && manifest.version !== undefined) return manifest.version
    } catch {
      // not here
    }
  }
  return '0.0.0'
}

export const VERSION = readVersion()
