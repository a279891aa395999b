/** Libraries that the server loads at each start are bundled, one file each, with their licences beside them. */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { root } from '../support/sources.ts'

const dist = join(root, 'dist')

test('compiled sources import bundles of libraries, each from where it is', () => {
  const compiled = ['src', 'daemon', 'commands'].flatMap((folder) =>
    readdirSync(join(dist, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.js') && !entry.parentPath.includes('assets'))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')),
  )
  const named = compiled.filter((text) => /(?:from |import\()"(?:kysely|hono|prom-client|@hono\/)/.test(text))
  assert.equal(named.length, 0)
  const bundled = compiled.filter((text) => /from "(?:\.\.\/)+libraries\/kysely\.js"/.test(text))
  assert.ok(bundled.length > 3, `only ${bundled.length} files import the bundle of Kysely`)
})

test('bundles of libraries come with the licences of what they contain', () => {
  const notices = readFileSync(join(dist, 'libraries', 'THIRD-PARTY.txt'), 'utf8')
  for (const name of ['kysely', 'hono', '@hono/node-server', 'prom-client', '@opentelemetry/api'])
    assert.match(notices, new RegExp(`^${name} \\d[^\\n]*\\n-{80}\\n[^-]*(?:MIT|Apache)`, 'm'), name)
})
