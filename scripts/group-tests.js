// Puts test files together that run in one process. A process loads the server in a second, runs its code slowly at first, and starts a
// browser of its own: most of what a small file of tests costs.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlone, isBrowserTest, isLong, isQuick } from './choose-tests.js'
import { root } from './sources.js'

const GROUPS = join('dist', 'test', 'groups')

/** How many files share a process: enough to be worth it, and few enough that two cores end at about the same time. */
const FILES_OF_A_GROUP = 12
const FILES_OF_A_BROWSER = 6
const LONG_FILES_OF_A_GROUP = 5

/**
 * What shares a process is of neighbouring folders and of one kind: with a browser or without.
 * @returns lists of names, each name in one of them
 */
export function groupTests(tests) {
  const together = tests.filter((name) => !isAlone(name))
  return [
    ...tests.filter(isAlone).map((name) => [name]),
    ...cut(together.filter(isBrowserTest), FILES_OF_A_BROWSER),
    ...cut(together.filter(isLong), LONG_FILES_OF_A_GROUP),
    ...cut(together.filter(isQuick), FILES_OF_A_GROUP),
  ]
}

/** Lists of about one length. */
function cut(names, most) {
  const count = Math.ceil(names.length / most)
  const border = (at) => Math.round((at * names.length) / count)
  return Array.from({ length: count }, (_, at) => names.slice(border(at), border(at + 1)))
}

/** Writes a file for each group, which imports its files. Node's runner tells of a failed test where it is. @returns paths to run */
export function writeGroups(groups) {
  rmSync(join(root, GROUPS), { recursive: true, force: true })
  mkdirSync(join(root, GROUPS), { recursive: true })
  return groups.map((names) => {
    if (names.length === 1) return join('dist', 'test', `${names[0]}.test.js`)
    const file = join(GROUPS, `${names[0].replaceAll('/', '-')}.js`)
    writeFileSync(join(root, file), names.map((name) => `import '../${name}.test.js'\n`).join(''))
    return file
  })
}
