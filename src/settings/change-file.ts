/** Changes lines of the settings file; comments and other lines stay. */
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs'
import { parseDocument } from 'yaml'
import { readTextNow } from '../base/regular-files.ts'

/** A crash leaves the file as it was, or as it is to be. */
export function changeSettingsFile(file: string, values: ReadonlyMap<string, string | number>): void {
  const document = parseDocument(readTextNow(file))
  for (const [name, value] of values) document.set(name, value)
  const unfinished = `${file}.part`
  const descriptor = openSync(unfinished, 'w', 0o600)
  try {
    writeSync(descriptor, document.toString({ lineWidth: 0 }))
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(unfinished, file)
}
