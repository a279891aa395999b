/** The project's sources as a test of their structure sees them: files, and what each imports. */
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

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
  const add = (specifier: ts.Expression | undefined, isTypeOnly: boolean, isLazy: boolean): void => {
    if (!specifier || !ts.isStringLiteral(specifier)) return
    const isPackage = !specifier.text.startsWith('.')
    imports.push({ from, to: isPackage ? specifier.text : normalize(join(dirname(from), specifier.text)), isPackage, isTypeOnly, isLazy })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeImport(node.importClause), false)
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly || areTypes(node.exportClause), false)
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], false, true)
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true, true)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(from, readSource(from), ts.ScriptTarget.Latest))
  return imports
}

function isTypeImport(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false
  return clause.phaseModifier === ts.SyntaxKind.TypeKeyword || (clause.name === undefined && areTypes(clause.namedBindings))
}

const areTypes = (bindings: ts.NamedImportBindings | ts.NamedExportBindings | undefined): boolean =>
  bindings !== undefined &&
  (ts.isNamedImports(bindings) || ts.isNamedExports(bindings)) &&
  bindings.elements.length > 0 &&
  bindings.elements.every((element) => element.isTypeOnly)

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
