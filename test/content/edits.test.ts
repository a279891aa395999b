/** Changing files together: nobody overwrites unseen what somebody else wrote, and every state can come back. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { parseCsv, formatCsv } from '../../daemon/web/shared/csv.ts'
import { findDifference } from '../../daemon/web/shared/difference.ts'
import { mergeTexts } from '../../daemon/web/shared/merge.ts'
import { readText } from '../../src/resources/text-content.ts'
import { fieldOf, messageOf } from '../support/browser.ts'
import { startLab, type Lab } from '../support/lab.ts'

const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64')
const admin = (lab: Lab) => ({ kind: 'user', userId: lab.adminId, isSystemAdmin: true }) as const
const fileOf = (lab: Lab, path: string) => {
  const file = lab.ctx.tree.find(path)
  assert.ok(file)
  return file
}

test('a change counts only while the revision that it was made from is the newest', async (t) => {
  const lab = await startLab(t, { settings: { STORAGE_THRESHOLD: 1_000 } })
  await lab.post('/resources/lab/notes.txt', { data: base64('one') })
  const [first] = (await lab.get('/resources/lab/notes.txt', { revisions: 1 })).json as { id: number }[]
  const second = await lab.put('/resources/lab/notes.txt', { data: base64('two'), if_revision: first?.id })
  assert.equal(second.status, 200, second.text)
  const late = await lab.put('/resources/lab/notes.txt', { data: base64('late'.repeat(1_000)), if_revision: first?.id })
  assert.equal(late.status, 409)
  assert.match(messageOf(late), /^\/lab\/notes.txt was changed in the meantime: revision \d+ is the newest/)
  assert.equal((await lab.get('/resources/lab/notes.txt')).text, 'two')
  assert.equal((await lab.put('/resources/lab/notes.txt', { data: base64('three') })).status, 200, 'who names none overwrites, as ever')
  const both = await Promise.all(
    [1, 2, 3].map((at) =>
      lab.put('/resources/lab/notes.txt', { data: base64(`at once ${at}`), if_revision: fieldOf(second, 'revision_id') }),
    ),
  )
  assert.deepEqual(
    both.map(({ status }) => status),
    [409, 409, 409],
  )
  const { last_revision_id: newest } = (await lab.get('/resources/lab/notes.txt', { meta: 1 })).json as { last_revision_id: number }
  const race = await Promise.all(
    [1, 2, 3].map((at) => lab.put('/resources/lab/notes.txt', { data: base64(`race ${at}`), if_revision: newest })),
  )
  assert.deepEqual(race.map(({ status }) => status).sort(), [200, 409, 409])
})

test('an earlier revision comes back as a new one, small or large; wrong ones are refused with a reason', async (t) => {
  const lab = await startLab(t, { settings: { STORAGE_THRESHOLD: 1_000 } })
  const large = 'large '.repeat(1_000)
  for (const text of [large, 'small', 'last']) await lab.post('/resources/lab/notes.md', { data: base64(text) })
  const ids = ((await lab.get('/resources/lab/notes.md', { revisions: 1 })).json as { id: number }[]).map(({ id }) => id)
  assert.equal((await lab.put('/resources/lab/notes.md', { restore: ids[2] })).status, 200)
  assert.equal((await lab.get('/resources/lab/notes.md')).text, large)
  assert.equal((await lab.put('/resources/lab/notes.md', { restore: ids[1] })).status, 200)
  assert.equal((await lab.get('/resources/lab/notes.md')).text, 'small')
  assert.equal(((await lab.get('/resources/lab/notes.md', { revisions: 1 })).json as unknown[]).length, 5)
  assert.equal((await lab.put('/resources/lab/notes.md', { restore: ids[0], if_revision: ids[0] })).status, 409)
  assert.equal((await lab.put('/resources/lab/notes.md', { restore: 999_999 })).status, 404)
  await lab.post('/resources/lab/other.md', { data: base64('x') })
  assert.equal((await lab.put('/resources/lab/other.md', { restore: ids[0] })).status, 404, "another file's")
  assert.match(messageOf(await lab.put('/resources/lab/notes.md', { restore: ids[0], data: base64('x') })), /two ways/)
  await lab.sequence('/lab/temperature')
  assert.match(messageOf(await lab.put('/resources/lab/temperature', { data: base64('1'), if_revision: 1 })), /^if_revision goes with/)
  assert.equal((await lab.put('/resources/lab/temperature', { restore: 1 })).status, 400)
  const guest = await lab.user('guest@example.com', { member: false })
  await lab.put('/resources/lab/notes.md', { permissions: [[130, guest.id, 10]] })
  assert.equal((await guest.put('/resources/lab/notes.md', { restore: ids[0] })).status, 403)
})

test('files as text: up to a limit, and only what is text', async (t) => {
  const lab = await startLab(t, { settings: { STORAGE_THRESHOLD: 1_000 } })
  for (const [name, bytes] of Object.entries({
    short: 'grün',
    long: 'ü'.repeat(2_000),
    png: new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10]),
    zero: 'a\0b',
    mark: '\ufeffa',
    latin: Buffer.from('21 °C', 'latin1'),
    wide: Buffer.from('a;b\r\n', 'utf16le'),
    broken: Buffer.concat([Buffer.from('grün'), Buffer.from([0xc3])]),
    empty: '',
  }))
    await lab.post(`/resources/lab/${name}`, { data: base64(bytes) })
  const read = async (name: string, limit = 10_000) => {
    const { text, isWhole } = await readText(lab.ctx, admin(lab), fileOf(lab, `/lab/${name}`), { limit })
    return [text, isWhole]
  }
  assert.deepEqual(await read('short'), ['grün', true])
  assert.deepEqual(await read('long', 1_001), ['ü'.repeat(500), false], 'the cut character is left out')
  assert.deepEqual(await read('png'), [undefined, true])
  assert.deepEqual(await read('zero'), [undefined, true])
  assert.deepEqual(await read('mark'), ['\ufeffa', true])
  assert.deepEqual(await read('empty'), ['', true])
  assert.deepEqual(await read('latin'), ['21 °C', true])
  assert.deepEqual(await read('wide'), ['a;b\r\n', true])
  assert.deepEqual(await read('broken'), ['grün\ufffd', true])
  const isExact = async (name: string) => (await readText(lab.ctx, admin(lab), fileOf(lab, `/lab/${name}`), { limit: 10_000 })).isExact
  assert.deepEqual(await Promise.all(['short', 'mark', 'latin', 'wide', 'broken'].map(isExact)), [true, true, false, false, false])
  await assert.rejects(read('nobody'))
})

test('tables are read leniently, and written back to the character where nothing was touched', () => {
  for (const text of [
    '',
    'a,b\n1,2\n',
    'a;b\r\n"1;x";2\r\n',
    'a\tb\n1\t"two ""quotes"""',
    'a,b\n"open,1\n2',
    'a,"b\nc",d\n,,\n\nx',
    '"a"x,b\n',
    '=1+1,@x\n',
    ' a , b\n',
  ])
    assert.equal(formatCsv(parseCsv(text)), text, JSON.stringify(text))
  assert.deepEqual(parseCsv('a;b,c;d\n').rows[0]?.cells, ['a', 'b,c', 'd'])
  assert.deepEqual(parseCsv('x,"a ""b"", c\nd",\n').rows[0]?.cells, ['x', 'a "b", c\nd', ''])
  const table = parseCsv('a,b\n1,2\n')
  assert.equal(
    formatCsv({ ...table, rows: [...table.rows, { cells: ['x,y', 'say "hi"', ' z'], raw: undefined }] }),
    'a,b\n1,2\n"x,y","say ""hi"""," z"\n',
  )
  assert.equal(parseCsv(`a,b\n${'1,2\n'.repeat(50_000)}`).rows.length, 50_001)
})

test('what differs, and both brought together', () => {
  const lines = Array.from({ length: 30 }, (_, at) => `line ${at}`)
  const [base, mine, theirs] = [lines.join('\n'), lines.with(2, 'mine').join('\n'), lines.with(20, 'theirs').join('\n')]
  assert.deepEqual(findDifference(base, base), { added: 0, removed: 0, hunks: [] })
  const difference = findDifference(base, mine)
  assert.deepEqual([difference?.added, difference?.removed, difference?.hunks.length], [1, 1, 1])
  assert.deepEqual(
    difference?.hunks[0]?.filter(({ kind }) => kind !== 'same'),
    [
      { kind: 'removed', text: 'line 2', before: 3, after: undefined },
      { kind: 'added', text: 'mine', before: undefined, after: 3 },
    ],
  )
  assert.deepEqual(mergeTexts(base, mine, theirs), { text: lines.with(2, 'mine').with(20, 'theirs').join('\n'), conflicts: 0 })
  assert.deepEqual(mergeTexts(base, mine, mine), { text: mine, conflicts: 0 })
  assert.deepEqual(mergeTexts(base, base, theirs), { text: theirs, conflicts: 0 })
  assert.deepEqual(mergeTexts('a\nb\nc', 'a\nB1\nc', 'a\nB2\nc\nd'), {
    text: 'a\n<<<<<<< mine\nB1\n=======\nB2\n>>>>>>> theirs\nc\nd',
    conflicts: 1,
  })
  assert.deepEqual(mergeTexts('', 'x', 'y'), { text: '<<<<<<< mine\nx\n=======\ny\n>>>>>>> theirs', conflicts: 1 })
  assert.deepEqual(mergeTexts('a\nb', 'b', 'a'), { text: '<<<<<<< mine\nb\n=======\na\n>>>>>>> theirs', conflicts: 1 })
})
