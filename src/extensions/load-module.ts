/** Loads an extension's file: JavaScript as it is, TypeScript built by esbuild where that is installed. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { codeOf } from '../base/disk-errors.ts'
import { invalid } from '../base/fault.ts'
import { foreignCode } from './foreign-code.ts'
import { within } from './time-limit.ts'

const FILES = ['rhizo-extension.js', 'rhizo-extension.ts'] as const

/**
 * @param trial is given the file's address, and throws when it can't be loaded
 * @returns the module's namespace @throws Fault invalid when there is no such file, or it can't be built; what the module throws
 */
export async function loadModule(folder: string, trial: (url: string) => Promise<void>, milliseconds: number): Promise<unknown> {
  for (const file of FILES) {
    const path = join(folder, file)
    const changed = await changeOf(path)
    if (changed === undefined) continue
    // A changed file is another module: without this, a server that goes on in the same process would keep the old one.
    const url = file.endsWith('.js') ? `${pathToFileURL(path).href}?changed=${changed}` : await buildModule(path)
    await trial(url)
    return within(milliseconds, 'loading its file', () => importFile(path, url))
  }
  throw invalid(`there is no ${FILES[0]} in ${folder}.`)
}

/** Node says what is wrong with the syntax, and not where. @throws Fault invalid; what the module throws */
async function importFile(path: string, url: string): Promise<unknown> {
  foreignCode.isLoaded = true
  try {
    return (await import(url)) as unknown
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw invalid(`${path} is no JavaScript: ${error.message} ("node --check ${path}" says where).`)
  }
}

async function changeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    throw error
  }
}

/** The module with what it imports from beside it, as a data URL: the folder may be one that the server can't write. */
async function buildModule(path: string): Promise<string> {
  const esbuild = await import('esbuild').catch(() => undefined)
  if (!esbuild) throw invalid(`${path} is TypeScript, which needs esbuild: "npm install -g esbuild", or build ${FILES[0]} of it yourself.`)
  const { outputFiles } = await esbuild
    .build({ entryPoints: [path], bundle: true, platform: 'node', format: 'esm', target: 'node20', write: false, logLevel: 'silent' })
    .catch((error: unknown) => {
      throw invalid(`${path} can't be built: ${error instanceof Error ? error.message : String(error)}`)
    })
  return `data:text/javascript;base64,${Buffer.from(outputFiles[0]?.contents ?? []).toString('base64')}`
}
