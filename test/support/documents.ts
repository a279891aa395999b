/** The project's documents and sources as text, for tests that compare what is written with what is built. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'

// Compiled tests lie in dist/test; the sources they speak of are two levels up.
const root = new URL('../../../', import.meta.url)

/** @param path from the repository's root, such as `docs/api.md` */
export const readDocument = (path: string): string => readFileSync(new URL(path, root), 'utf8')

/** Paths of all files below a folder whose names end so, from the repository's root. */
export const listFiles = (folder: string, ending: RegExp): string[] =>
  readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name) && !name.split('/').includes('node_modules'))
    .map((name) => `${folder}/${name}`)

/** All documents for people. */
export const listDocuments = (): string[] => [
  'README.md',
  'CHANGELOG.md',
  ...['docs', 'bench', 'examples', 'src', 'daemon', 'test'].flatMap((folder) => listFiles(folder, /\.md$/)),
]

/** Whether there is a file or folder at a path from the repository's root. */
export const isThere = (path: string): boolean => existsSync(new URL(path, root))

/** The lines of code of a document: of its blocks of code, and what stands in backticks. */
export const codeLines = (markdown: string): string[] => [
  ...[...markdown.matchAll(/^```\w*\n([^]*?)^```$/gm)].flatMap(([, block = '']) => block.split('\n')),
  ...codeSpans(markdown),
]

/** The texts in backticks of a document, outside of blocks of code. */
export const codeSpans = (markdown: string): string[] =>
  [...markdown.replaceAll(/^```[^]*?^```$/gm, '').matchAll(/`([^`]+)`/g)].map(([, text = '']) => text)

/** The bytes of each block of hexadecimal in a document; what stands two spaces behind them on a line explains them. */
export const hexExamples = (path: string): Uint8Array[] =>
  [...readDocument(path).matchAll(/^```hex\n(.*?)^```$/gms)].map(([, lines = '']) => {
    const bytes = lines.split('\n').map((line) => line.split('  ', 1)[0] ?? '')
    return Uint8Array.from(Buffer.from(bytes.join('').replaceAll(' ', ''), 'hex'))
  })
