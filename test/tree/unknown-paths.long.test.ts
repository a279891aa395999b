/** What somebody may not read is not there for them by its path either: whatever takes a path answers as it does where nothing is. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { data, startMatrix, type Role } from '../support/access-model.ts'
import type { Caller, Reply } from '../support/lab.ts'

const table = Buffer.from('timestamp,value\n2026-01-01T00:00:00Z,1\n').toString('base64')
const times = { start_timestamp: '2020-01-01T00:00:00Z', end_timestamp: '2020-01-02T00:00:00Z' }

/** Whatever takes a path, by its name. */
const takers: Readonly<Record<string, (caller: Caller, path: string, url: string) => Promise<Pick<Reply, 'status' | 'text'>>>> = {
  read: (c, path) => c.get(`/resources${path}`),
  describe: (c, path) => c.get(`/resources${path}`, { meta: 1 }),
  'what was deleted': (c, path) => c.get(`/resources${path}`, { deleted: 1 }),
  make: (c, path) => c.post(`/resources${path}`, { data }),
  'make below': (c, path) => c.post(`/resources${path}/new.txt`, { data }),
  'make a folder below': (c, path) => c.post('/resources', { path, name: 'new', type: 10 }),
  change: (c, path) => c.put(`/resources${path}`, { user_attributes: {} }),
  remove: (c, path) => c.delete(`/resources${path}`),
  'remove values': (c, path) => c.delete(`/resources${path}`, { data_only: 1 }),
  purge: (c, path) => c.delete(`/resources${path}`, { permanent: 1 }),
  'bring back': (c, path) => c.post(`/resources${path}`, { undelete: 1 }),
  'move into': (c, path) => c.put('/resources/lab/open/text', { parent: path }),
  values: (c, path) => c.put('/resources', { values: { [path]: 1 } }),
  'a list of values': (c, path) => c.post('/sequences/values', { values: [{ path, value: 1 }] }),
  'a webhook': (c, path) => c.post(`/ingest${path}`, { a: 1 }),
  'line protocol': async ({ key }, path, url) => {
    const init = { method: 'POST', body: 'a b=1', headers: { authorization: `Token ${key}` } }
    const reply = await fetch(`${url}/write?db=${encodeURIComponent(path)}`, init)
    return { status: reply.status, text: await reply.text() }
  },
  'what a sequence is': (c, path) => c.get('/sequences/info', { path }),
  series: (c, path) => c.get('/sequences/series', { path, max_points: 5 }),
  statistics: (c, path) => c.get('/sequences/statistics', { path }),
  'a data set': (c, path) => c.get('/datasets', { path }),
  'an export': (c, path) => c.get('/exports', { path }),
  shift: (c, path) => c.post('/sequences/shift', { path, by: '1h', ...times }),
  masks: (c, path) => c.get('/sequences/masks', { path }),
  'a mask': (c, path) => c.post('/sequences/masks', { path, where: 'value > 1' }),
  'a mask taken off': (c, path) => c.delete('/sequences/masks', { path, id: 1 }),
  calibrations: (c, path) => c.get('/sequences/calibrations', { path }),
  'a calibration': (c, path) => c.post('/sequences/calibrations', { path, scale: 1 }),
  notes: (c, path) => c.get('/notes', { path }),
  'a note': (c, path) => c.post('/notes', { path, text: 'door open' }),
  links: (c, path) => c.get('/links', { path }),
  'a link': (c, path) => c.post('/links', { path }),
  corrections: (c, path) => c.get('/controllers/corrections', { path }),
  'a correction undone': (c, path) => c.post('/controllers/corrections', { path, since_timestamp: '2026-01-31T15:00:00Z' }),
  controllers: (c, path) => c.get('/controllers', { path }),
  alerts: (c, path) => c.get('/alerts', { path }),
  'an alert': (c, path) => c.post('/alerts', { path, name: 'x', kind: 'above', value: 5, recipients: 'a@b.cd' }),
  'an alert changed': (c, path) => c.put('/alerts', { path, name: 'high', value: 5 }),
  'an alert removed': (c, path) => c.delete('/alerts', { path, name: 'high' }),
  'an alert tried': (c, path) => c.get('/alerts/test', { path, name: 'high' }),
  'the history of alerts': (c, path) => c.get('/alerts/history', { path }),
  mutes: (c, path) => c.get('/alerts/mutes', { path }),
  mute: (c, path) => c.post('/alerts/mute', { path, for_seconds: 60 }),
  acknowledge: (c, path) => c.post('/alerts/ack', { path }),
  'a PIN': (c, path) => c.put('/pins/1000', { controller: path }),
  'a message': (c, path) => c.post('/messages', { folder_path: path, type: 'hello' }),
  imports: (c, path) => c.get('/imports', { path }),
  'an import into it': (c, path) => c.post(`/imports?dry_run=1&path=${encodeURIComponent(path)}`, { data: table }),
  'an import into a folder': (c, path) => c.post(`/imports?dry_run=1&create=1&into=${encodeURIComponent(path)}`, { data: table }),
  'an import of it': (c, path) => c.post('/imports', { path: '/lab/open/num', file_path: path }),
}

/** Something hidden, and a name of nothing beside it. */
const pairs = [
  ['/lab/hidden/num', '/lab/hidden/nox'],
  ['/lab/hidden/file.txt', '/lab/hidden/nox'],
  ['/lab/hidden/device', '/lab/hidden/nox'],
  ['/lab/hidden', '/lab/nox'],
  ['/lab', '/nox'],
] as const

/** Without the path that was asked for. */
const answer = ({ status, text }: Pick<Reply, 'status' | 'text'>, path: string): string =>
  `${status} ${text
    .replaceAll('/lab/open', 'OPEN')
    .replaceAll(path, 'PATH')
    .replaceAll(`\\"${path.slice(path.lastIndexOf('/') + 1)}\\"`, 'NAME')}`

test('paths of what one may not read are answered like paths of nothing, wherever a path is taken', async (t) => {
  const { lab, callers } = await startMatrix(t)
  const told: string[] = []
  for (const role of ['nobody', 'stranger', 'rival'] satisfies Role[])
    for (const [hidden, nothing] of pairs)
      for (const [what, take] of Object.entries(takers)) {
        const [there, not] = [await take(callers[role], hidden, lab.url), await take(callers[role], nothing, lab.url)]
        if (answer(there, hidden) !== answer(not, nothing))
          told.push(`${what} of ${hidden} to ${role}: ${answer(there, hidden)}, and of nothing: ${answer(not, nothing)}`)
      }
  assert.deepEqual(told, [])
})
