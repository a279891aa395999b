/** `rhizo/extension`, as extensions import it from the package. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { HOST_VERSION, HOST_VERSIONS } from '../../src/extensions/interface.ts'
import { readSource } from '../support/sources.ts'

interface Manifest {
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>
}

test('each export of the package is there, with types that are made when it is packed', () => {
  const { exports } = JSON.parse(readSource('package.json')) as Manifest
  const { files } = JSON.parse(readSource('tsconfig.declarations.json')) as { readonly files: readonly string[] }
  assert.deepEqual(Object.keys(exports), ['.', './extension'])
  for (const [name, { types, default: file }] of Object.entries(exports)) {
    assert.ok(fileURLToPath(import.meta.resolve(`rhizo${name.slice(1)}`)).endsWith(file.slice(1)), name)
    assert.ok(files.includes(types.replace('./dist/', '').replace(/\.d\.ts$/, '.ts')), `the types of ${name} are made`)
  }
})

test('the interface names nothing of the server, and the newest version of it is served', () => {
  assert.doesNotMatch(readSource('src/extensions/interface.ts'), /^import |\bimport\(/m)
  assert.ok(HOST_VERSIONS.includes(HOST_VERSION))
})

test('each member of the host is documented', () => {
  const [, host = ''] = /export interface Host \{\n([^]*?)\n\}\n/.exec(readSource('src/extensions/interface.ts')) ?? []
  const members = [...host.matchAll(/^ {2}(?:readonly )?(\w+)[(:]/gm)].map(([, name = '']) => name)
  assert.ok(members.length >= 18, `${members.length} members were found`)
  const document = readSource('docs/extensions.md')
  const [table = ''] = /^\| `host\.` \|[^]*?\n\n/m.exec(document) ?? []
  // The name and the folder are what an author knows.
  assert.deepEqual(
    members.filter((name) => !new RegExp(`\`${name}[\`(]`).test(table) && name !== 'folder' && name !== 'name'),
    [],
  )
})
