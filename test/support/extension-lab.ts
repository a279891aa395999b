/** A lab with extensions: those of the examples, or files that the test writes. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { root } from './sources.ts'
import type { LabOptions } from './lab.ts'
import { RecordingLog } from './recording-log.ts'

export const EXAMPLES = join(root, 'examples', 'extensions')

export interface ExtensionFolder {
  readonly folder: string
  readonly log: RecordingLog
  /** Options of a lab that loads all of them. */
  options(settings?: Record<string, unknown>): LabOptions
  /** Writes a file of an extension: `a/rhizo-extension.js`. */
  write(path: string, text: string): Promise<void>
}

/** @param names of examples to be copied */
export async function extensionFolder(t: TestContext, ...names: readonly string[]): Promise<ExtensionFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-extensions-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  for (const name of names) await cp(join(EXAMPLES, name), join(folder, name), { recursive: true })
  const log = new RecordingLog()
  return {
    folder,
    log,
    options: (settings = {}) => ({ log, settings: { EXTENSIONS_FOLDER: folder, AUTOLOAD_EXTENSIONS: true, ...settings } }),
    write: async (path, text) => {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    },
  }
}

/** The source of an extension. @param setup its body, with `host` */
export const sourceOf = (name: string, setup = '', more = ''): string =>
  `export default { name: '${name}', version: '1.0.0', requires: { host: 1 }, ${more} async setup(host) { ${setup} } }\n`
