// `npm run docs:site [-- FOLDER]`: builds the documentation as static pages (dist/docs-site unless given), with search. They work from any
// web server and from a disk; the server shows them below /-/docs.
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { layOut } from './docs-site/layout.js'
import { makePages } from './docs-site/pages.js'
import { sectionsOf } from './docs-site/sections.js'
import { root } from './sources.js'

const OWN = ['style.css', 'site.js']

/** @param target the folder, which is replaced as a whole @returns the names of its pages; what is in dist must be built */
export async function buildSite(target) {
  const { pages, openapi, files } = await makePages()
  mkdirSync(dirname(target), { recursive: true })
  const work = mkdtempSync(`${target}-`)
  try {
    for (const page of pages) writeFileSync(join(work, `${page.name}.html`), layOut(page, pages))
    // A script, as pages that are opened from a disk can't fetch files.
    const index = JSON.stringify(pages.flatMap(sectionsOf))
    writeFileSync(join(work, 'search-index.js'), `globalThis.searchIndex = ${index}\n`)
    writeFileSync(join(work, 'openapi.json'), JSON.stringify(openapi))
    for (const name of OWN) cpSync(join(root, 'scripts', 'docs-site', name), join(work, name))
    for (const [from, to] of files) {
      mkdirSync(dirname(join(work, to)), { recursive: true })
      writeFileSync(join(work, to), readFileSync(join(root, from)))
    }
    // Unlike what mkdtemp makes, it is for everybody.
    chmodSync(work, 0o755)
    rmSync(target, { recursive: true, force: true })
    renameSync(work, target)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return pages.map(({ name }) => `${name}.html`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { build, install } = await import('./prepare.js')
  const { PRODUCT } = await import('./sources.js')
  install()
  build(PRODUCT)
  const target = resolve(process.argv[2] ?? join(root, 'dist', 'docs-site'))
  const names = await buildSite(target)
  process.stdout.write(`${names.length} pages in ${target}: begin with ${basename(names[0])}\n`)
}
