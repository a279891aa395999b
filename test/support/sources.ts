/** The project's sources as a test of their structure sees them: files, and what each imports. */
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync, Visitor } from 'oxc-parser'

/** Compiled tests lie in dist/test/support; the sources are three levels up. */
export const root = fileURLToPath(new URL('../../..', import.meta.url))

export interface Import {
  /** Path of the importing file, from the root: `src/tree/tree.ts`. */
  readonly from: string
  /** Path of the imported file, from the root; the name of a package for packages. */
  readonly to: string
  readonly isPackage: boolean
  /** Nothing of it is left when the program runs. */
  readonly isTypeOnly: boolean
  /** Loaded by `import()`, when it is needed. */
  readonly isLazy: boolean
}

/** Files below a folder whose names end so, as paths from the root. Build output and packages are left out. */
export function listFiles(folder: string, ending = /\.tsx?$/): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name) && !/(^|\/)(node_modules|dist)\//.test(name))
    .map((name) => join(folder, name))
    .sort()
}

export const readSource = (path: string): string => readFileSync(join(root, path), 'utf8')

/** All imports and re-exports of the files below a folder. */
export const readImports = (folder: string): Import[] => listFiles(folder).flatMap(importsOf)

function importsOf(from: string): Import[] {
  const imports: Import[] = []
  const text = readSource(from)
  const add = (specifier: string, isTypeOnly: boolean, isLazy: boolean): void => {
    const isPackage = !specifier.startsWith('.')
    imports.push({ from, to: isPackage ? specifier : normalize(join(dirname(from), specifier)), isPackage, isTypeOnly, isLazy })
  }
  const { module, program } = parseSync(from, text)
  for (const { moduleRequest, entries } of module.staticImports) add(moduleRequest.value, areTypes(entries), false)
  for (const { entries } of module.staticExports) {
    const specifier = entries[0]?.moduleRequest?.value
    if (specifier !== undefined) add(specifier, areTypes(entries), false)
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const literal = /^(['"])(.*)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end))
    if (literal?.[2] !== undefined) add(literal[2], false, true)
  }
  new Visitor({ TSImportType: ({ source }) => add(source.value, true, true) }).visit(program)
  return imports
}

/** An import without names runs the module: it is of values. */
const areTypes = (entries: readonly { readonly isType: boolean }[]): boolean => entries.length > 0 && entries.every(({ isType }) => isType)

/** Groups of files that import one another in a circle by values, each sorted. */
export function findCircles(imports: readonly Import[]): string[][] {
  const next = new Map<string, string[]>()
  for (const { from, to, isPackage, isTypeOnly, isLazy } of imports) {
    if (!isPackage && !isTypeOnly && !isLazy) next.set(from, [...(next.get(from) ?? []), to])
  }
  // Tarjan's strongly connected components.
  const order = new Map<string, { index: number; low: number; onStack: boolean }>()
  const stack: string[] = []
  const circles: string[][] = []
  const visit = (file: string): { index: number; low: number; onStack: boolean } => {
    const own = { index: order.size, low: order.size, onStack: true }
    order.set(file, own)
    stack.push(file)
    for (const target of next.get(file) ?? []) {
      const known = order.get(target)
      if (!known) own.low = Math.min(own.low, visit(target).low)
      else if (known.onStack) own.low = Math.min(own.low, known.index)
    }
    if (own.low === own.index) {
      const members = stack.splice(stack.indexOf(file))
      for (const member of members) {
        const state = order.get(member)
        if (state) state.onStack = false
      }
      if (members.length > 1 || next.get(file)?.includes(file)) circles.push(members.sort())
    }
    return own
  }
  for (const file of next.keys()) if (!order.has(file)) visit(file)
  return circles
}
