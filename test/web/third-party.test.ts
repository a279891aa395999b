/** Licences of packages that are bundled into scripts of pages: whoever gets a script can get them too. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { startLab } from '../support/lab.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Folders of packages that scripts of pages import, and those that these import. */
async function findBundledPackages(): Promise<string[]> {
  const pages = join('daemon', 'web', 'client', 'pages')
  const entryPoints = readdirSync(join(root, pages)).map((name) => join(pages, name))
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints,
    outdir: 'none',
    bundle: true,
    format: 'esm',
    write: false,
    metafile: true,
  })
  const folders = Object.keys(metafile.inputs).map((path) => /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0])
  return [...new Set(folders.filter((folder) => folder !== undefined))]
}

test('the notices name every package in the bundles, with its whole licence', async (t) => {
  const lab = await startLab(t)
  const reply = await fetch(`${lab.url}/-/assets/THIRD-PARTY.txt`)
  assert.equal(reply.status, 200)
  assert.match(reply.headers.get('content-type') ?? '', /^text\/plain/)
  assert.equal(reply.headers.get('cache-control'), 'no-cache')
  const notices = await reply.text()
  const folders = await findBundledPackages()
  assert.ok(folders.length >= 4, `found only ${folders.join(', ')}`)
  for (const folder of folders) {
    const { name, version } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { name: string; version: string }
    assert.ok(notices.includes(`\n${name} ${version} (`), `${name} ${version} is not named`)
    const licences = readdirSync(join(root, folder)).filter((file) => /^licen[cs]e/i.test(file))
    assert.ok(licences.length > 0, `${name} has no licence`)
    for (const file of licences)
      assert.ok(notices.includes(readFileSync(join(root, folder, file), 'utf8').trim()), `the licence of ${name} is not whole`)
  }
  assert.match(notices, /uplot 1[^]*Copyright \(c\) \d+ Leon Sorokin/)
})

test('comments in scripts that name a file of licences name one that is there', async (t) => {
  const lab = await startLab(t)
  const folder = join(root, 'dist', 'daemon', 'web', 'assets')
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'))
  const named = scripts.flatMap((name) => /license information please see (\S+)/.exec(readFileSync(join(folder, name), 'utf8'))?.[1] ?? [])
  assert.ok(named.length > 0)
  for (const name of named) assert.equal((await fetch(`${lab.url}/-/assets/${name}`)).status, 200, name)
})
