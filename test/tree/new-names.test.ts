import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { startLab, type Reply } from '../support/lab.ts'

const BIDI = 'bidi\u202egpj.exe'
const BLANK = 'north\u200b'

test('wherever a name is made, one with characters that are not seen is refused and named', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/x/number')
  const user = await lab.user('ann@example.com')
  const path = encodeURI(`/resources/lab/${BIDI}`)
  const refused: [string, Promise<Reply>][] = [
    ['a folder', lab.post('/resources', { path: '/lab', name: BIDI, type: 10 })],
    ['a folder on the way', lab.post('/resources', { path: `/lab/${BLANK}`, name: 'x', type: 10 })],
    ['a controller', lab.post('/resources', { path: '/lab', name: BLANK, type: 11 })],
    ['a sequence', lab.post('/resources', { path: '/lab', name: BLANK, type: 21, data_type: 1 })],
    ['a file by its path', lab.post(path, { contents: '' })],
    ['a file below a folder', lab.post(`${path}/file.txt`, { contents: '' })],
    ['another name', lab.put('/resources/lab/x', { name: BLANK })],
    ['an organization', lab.post('/organizations', { folder_name: BLANK, full_name: 'X' })],
    ['its full name', lab.post('/organizations', { folder_name: 'y', full_name: BIDI })],
    ['its new full name', lab.put('/resources/lab', { full_name: BIDI })],
    ['a user', lab.post('/users', { email_address: 'bob@example.com', password: 'correct-horse-9', full_name: BIDI })],
    ['an address', lab.post('/users', { email_address: `bob\u200b@example.com`, password: 'correct-horse-9' })],
    ['a user name', lab.put(`/users/${user.id}`, { user_name: BLANK })],
    ['a new full name', lab.put(`/users/${user.id}`, { full_name: BIDI })],
    ['an alert', lab.post('/alerts', { path: '/lab/x/number', kind: 'above', value: 1, name: BIDI, recipients: ['ann@example.com'] })],
    [
      'an alert among the attributes',
      lab.put('/resources/lab/x/number', {
        system_attributes: { alerts: [{ kind: 'above', value: 1, name: BIDI, recipients: ['ann@example.com'] }] },
      }),
    ],
  ]
  for (const [what, reply] of refused) {
    const { status, text } = await reply
    assert.equal(status, 400, `${what}: ${text}`)
    assert.doesNotMatch(text, /[\u200b\u202e]/, `${what}: the message shows it escaped`)
  }
  assert.equal((await lab.get(path)).status, 404, 'nothing was made')
})

test('a name of an earlier version stays usable', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/x/number')
  await lab.post('/resources/lab/x/file.txt', { contents: '' })
  await sql`update resources set name = ${BIDI} where name = 'x'`.execute(lab.ctx.db)
  await sql`update resources set name = ${`file${BLANK}`} where name = 'file.txt'`.execute(lab.ctx.db)
  await lab.daemon.reload()
  const folder = encodeURI(`/resources/lab/${BIDI}`)
  const file = `${folder}/${encodeURIComponent(`file${BLANK}`)}`
  const works = async (what: string, reply: Promise<Reply>): Promise<void> =>
    assert.equal((await reply).status, 200, `${what}: ${(await reply).text}`)
  await works('reading', lab.get(folder))
  await works('a value', lab.put(`${folder}/number`, { data: Buffer.from('4.5').toString('base64') }))
  await works('a revision', lab.post(file, { contents: Buffer.from('x').toString('base64') }))
  await works('something new in it', lab.post('/resources', { path: `/lab/${BIDI}`, name: 'new', type: 10 }))
  await works('opening it to everybody', lab.put(folder, { permissions: [[100, 0, 10]] }))
  const page = await (await fetch(`${lab.url}/lab/${encodeURIComponent(BIDI)}`)).text()
  assert.match(page, /bidi\\u202egpj\.exe/, 'its page shows what it is')
  const seen = page.replace(/<script[^]*?<\/script>|<[^>]*>/g, '')
  assert.doesNotMatch(seen, /[\u202e\u200b]/)
  await works('its attributes', lab.put(folder, { user_attributes: { a: 1 } }))
  await works('moving it', lab.put(file, { parent: '/lab' }))
  await works('deleting it', lab.delete(folder))
  await works('and back', lab.post(folder, { undelete: 1 }))
})
