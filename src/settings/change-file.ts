/** Changes lines of the settings file; comments and other lines stay. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { parseDocument } from 'yaml'

/** A crash leaves the file as it was, or as it is to be. */
export function changeSettingsFile(file: string, values: ReadonlyMap<string, string | number>): void {
  const document = parseDocument(readFileSync(file, 'utf8'))
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
