// Chooses test files. A file's name says what it costs: NAME.test.ts is quick, NAME.long.test.ts takes more than some three seconds of
// processor time, NAME.slow.test.ts takes its time in a process of its own (kills, long properties, whole stories of commands),
// NAME.browser.test.ts needs Chromium, NAME.alone.test.ts is quick, but measures its process or changes it for good.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './sources.js'

/** All test files, as paths below test without their extension: `mqtt/values`, `mqtt/kill.slow`. */
export function listTests() {
  const names = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => name.replaceAll('\\', '/').replace(/\.test\.ts$/, ''))
    .sort()
}

export const isBrowserTest = (name) => name.endsWith('.browser')
/** Whether it needs a process of its own. */
export const isAlone = (name) => /\.(?:slow|alone)$/.test(name)
export const isLong = (name) => name.endsWith('.long')
export const isQuick = (name) => !/\.(?:browser|slow|long)$/.test(name)

/**
 * The tests that words stand for: a folder of tests, or a part of a file's name.
 * @returns the tests, and words without tests
 */
export function chooseTests(words) {
  const all = listTests()
  if (words.length === 0) return { tests: all, unknown: [] }
  const foundBy = new Map(words.map((word) => [word, find(word, all)]))
  const found = new Set([...foundBy.values()].flat())
  return { tests: all.filter((name) => found.has(name)), unknown: words.filter((word) => foundBy.get(word).length === 0) }
}

function find(word, all) {
  // Accept what a shell completes, too: test/mqtt/values.test.ts
  const part = word.replace(/^(?:\.\/)?test\//, '').replace(/\/$|\.test\.ts$/, '')
  const inFolder = all.filter((name) => name.startsWith(`${part}/`))
  if (inFolder.length > 0) return inFolder
  return all.filter((name) => (part.includes('/') ? name : name.slice(name.lastIndexOf('/') + 1)).includes(part))
}

/** Lists tests, a line for each folder. */
export function describeTests(tests = listTests()) {
  const folders = new Map()
  for (const name of tests) {
    const cut = name.lastIndexOf('/')
    const folder = cut < 0 ? '' : name.slice(0, cut)
    folders.set(folder, [...(folders.get(folder) ?? []), name.slice(cut + 1)])
  }
  return [...folders].map(([folder, names]) => `  ${folder === '' ? '' : `${folder}: `}${names.join(' ')}\n`).join('')
}
