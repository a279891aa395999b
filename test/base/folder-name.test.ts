/** Names of folders that are made of names for people. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { folderNameOf } from '../../src/base/folder-name.ts'
import { splitPath } from '../../src/base/path.ts'

test('names for people become names that every keyboard and shell can write', () => {
  const names: Readonly<Record<string, string>> = {
    'Müller Lab': 'mueller-lab',
    'The Green Lab': 'the-green-lab',
    'Institut für Öko-Physik': 'institut-fuer-oeko-physik',
    Straßenlabor: 'strassenlabor',
    'Café Łódź': 'cafe-lodz',
    'Åse Sørensen': 'ase-sorensen',
    'Ann’s & Bea’s  Lab!': 'anns-beas-lab',
    'Muller 2': 'muller-2',
    // The umlaut as two characters.
    'Mu\u0308ller': 'mueller',
    'Лаборатория йода': 'лаборатория-йода',
    研究室: '研究室',
    '…': '',
    '': '',
  }
  for (const [name, folder] of Object.entries(names)) assert.equal(folderNameOf(name), folder, name)
  const long = folderNameOf(`${'a'.repeat(59)} and more`)
  assert.equal(long, 'a'.repeat(59))
  assert.deepEqual(splitPath(`/${folderNameOf('Müller / Lab')}`), ['mueller-lab'])
})
