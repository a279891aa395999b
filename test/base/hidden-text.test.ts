import assert from 'node:assert/strict'
import { test } from 'node:test'
import { escapeHidden, escapeHiddenInLines, findHidden } from '../../src/base/hidden-text.ts'
import { newNameProblem, splitPath } from '../../src/base/path.ts'

const HIDDEN = [
  0x00ad, 0x034f, 0x061c, 0x115f, 0x1160, 0x17b4, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e,
  0x2060, 0x2061, 0x2064, 0x2066, 0x2067, 0x2068, 0x2069, 0x2800, 0x3164, 0xfe00, 0xfe0f, 0xfeff, 0xffa0, 0xfff9, 0xe0001, 0xe0041, 0xe0100,
]

test('characters that are not seen are found, named and escaped; in a new name they are refused', () => {
  for (const code of HIDDEN) {
    const text = `bidi${String.fromCodePoint(code)}gpj.exe`
    assert.equal(findHidden(text), `U+${code.toString(16).toUpperCase().padStart(4, '0')}`)
    assert.match(newNameProblem(text) ?? '', /not seen \(U\+/)
    assert.doesNotMatch(escapeHidden(text), /[^\x20-\x7e]/)
    assert.equal(JSON.parse(`"${escapeHidden(text)}"`), text, 'escaped as JSON would')
    assert.deepEqual(splitPath(`/lab/${text}`), ['lab', text], 'a name of an earlier version can still be asked for')
  }
})

test('what belongs to the spelling stays', () => {
  const names = [
    'größe 21 °C',
    'Bildschirmfoto um 3.00.00\u202fPM.png',
    '温度　計',
    'שלום',
    'درجة الحرارة',
    'می\u200cخواهم',
    'क्\u200dष',
    '👩\u200d🔬',
    '👩🏽\u200d🔬',
    '❤\ufe0f',
    '👁\ufe0f\u200d🗨\ufe0f',
    '1\ufe0f\u20e3',
    'a\u0301b'.normalize('NFC'),
  ]
  for (const name of names) assert.deepEqual([newNameProblem(name), escapeHidden(name)], [undefined, name], JSON.stringify(name))
})

test('where it would show nothing, a joiner or selector makes a lookalike and is refused', () => {
  for (const name of ['a\u200db', 'a\u200cb', '👍\ufe0f', 'a\ufe0f', '1\ufe0f', '👩\u200d', 'د\u200cر', '\u200d👩'])
    assert.match(newNameProblem(name) ?? '', /not seen/, JSON.stringify(name))
})

test('lines keep their ends and tabs, and nothing else that moves the cursor', () => {
  assert.equal(escapeHiddenInLines('a\tb\nc\r\nd\re\b\u001b[2J\u009b1m'), 'a\tb\nc\r\nd\\re\\u0008\\u001b[2J\\u009b1m')
  assert.equal(escapeHidden('a\tb\nc'), 'a\\tb\\nc')
  const many = 'x\u200d'.repeat(200_000)
  assert.equal(escapeHidden(many).length, many.length + 200_000 * 5, 'a long text takes a time in proportion to its length')
})
