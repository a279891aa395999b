/** The very requests that deployed controllers send: their Python library puts a form into the body of each request, also of a GET. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import test from 'node:test'
import { startLab, type Lab } from '../support/lab.ts'

interface Answer {
  status: number
  text: string
  json: unknown
}

async function send(
  lab: Lab,
  key: string,
  method: string,
  path: string,
  parameters: Record<string, string | number> = {},
): Promise<Answer> {
  const body = new URLSearchParams(Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)])).toString()
  const headers = {
    authorization: `Basic ${Buffer.from(`2.1.0:${key}`).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }
  const outgoing = request(`${lab.url}/api/v1/${path}`, { method, headers })
  outgoing.end(body)
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  let text = ''
  response.setEncoding('utf8')
  for await (const chunk of response) text += chunk as string
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    json = undefined
  }
  return { status: response.statusCode ?? 0, text, json }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

test('the library of deployed controllers finds, makes, writes, reads and lists', async (t) => {
  const lab = await startLab(t)
  const controller = await lab.controller('controller')
  const call = (method: string, path: string, parameters?: Record<string, string | number>): Promise<Answer> =>
    send(lab, controller.key, method, path, parameters)

  // The controller asks where it is.
  const self = await call('GET', 'resources/self', { meta: 1 })
  assert.equal((self.json as { path: string }).path, '/lab/controller')

  // file_exists
  assert.equal((await call('GET', 'resources/lab/files/a.txt', { meta: 1 })).status, 404)

  // create_folder, twice
  assert.equal((await call('POST', 'resources', { path: '/lab', name: 'files', type: 10 })).status, 200)
  assert.deepEqual((await call('POST', 'resources', { path: '/lab', name: 'files', type: 10 })).json, {
    status: 'error',
    message: 'Resource already exists.',
  })

  // write_file with new_version=False makes a file, and with True a revision of it
  const times = { creation_timestamp: '2026-01-31T12:00:00.000001 Z', modification_timestamp: '2026-01-31T13:00:00 Z' }
  assert.equal(
    (await call('POST', 'resources', { path: '/lab/files', name: 'a.txt', type: 20, data: base64('first\r\n'), ...times })).status,
    200,
  )
  assert.equal((await call('GET', 'resources/lab/files/a.txt', { meta: 1 })).status, 200)
  assert.equal((await call('GET', 'resources/lab/files/a.txt')).text, 'first\n')
  assert.equal((await call('PUT', 'resources/lab/files/a.txt', { data: base64('second, with + and / signs: ÿþ>>>???') })).status, 200)
  assert.equal((await call('GET', 'resources/lab/files/a.txt')).text, 'second, with + and / signs: ÿþ>>>???')
  // and of old, in one call
  assert.equal(
    (await call('POST', 'resources/lab/more/deep/b.bin', { contents: base64('old\r\n'), creationTimestamp: '2026-01-31T12:00:00Z' }))
      .status,
    200,
  )
  assert.equal((await call('GET', 'resources/lab/more/deep/b.bin')).text, 'old\r\n')

  // list_files: a flag is on when it is there, and so the extended form is what deployed code gets and uses
  const files = (await call('GET', 'resources/lab/files', { extended: 0 })).json as Record<string, unknown>[]
  assert.equal(files[0]?.['creationTimestamp'], '2026-01-31T12:00:00.000001Z')
  assert.deepEqual(Object.keys(files[0] ?? {}).sort(), [
    'creationTimestamp',
    'creation_timestamp',
    'hash',
    'id',
    'inherits_permissions',
    'lastRevisionId',
    'last_revision_id',
    'modificationTimestamp',
    'modification_timestamp',
    'name',
    'parent_id',
    'permissions',
    'settings',
    'size',
    'storage_path',
    'system_attributes',
    'type',
    'user_attributes',
  ])
  assert.equal((await call('PUT', 'resources/lab/controller', { status: '{"battery": 3.7}' })).status, 200)
  const controllers = (await call('GET', 'resources/lab', { type: 'controller_folder', extended: 0 })).json as Record<string, unknown>[]
  assert.deepEqual(
    controllers.map(({ name, status }) => [name, status]),
    [['controller', { battery: 3.7 }]],
  )
  const all = (await call('GET', 'resources/lab', { recursive: 1, filter: '*.bin' })).json as { fullPath: string }[]
  assert.deepEqual(
    all.map(({ fullPath }) => fullPath),
    ['/lab/more/deep/b.bin'],
  )

  // sequences: made, set, read
  assert.equal(
    (
      await call('POST', 'resources', {
        path: '/lab/controller',
        name: 'temperature',
        type: 21,
        data_type: 1,
        min_storage_interval: 0,
        decimal_places: 1,
        units: 'C',
      })
    ).status,
    200,
  )
  assert.equal((await call('PUT', 'resources', { values: '{"/lab/controller/temperature": 21.5}' })).status, 200)
  assert.equal((await call('PUT', 'resources/lab/controller/temperature', { data: base64('22.50') })).status, 200)
  assert.equal((await call('GET', 'resources/lab/controller/temperature')).text, '22.50')
  const history = (await call('GET', 'resources/lab/controller/temperature', { count: 10 })).json as { values: string[]; units: string }
  assert.deepEqual([history.units, history.values.map(Number)], ['C', [21.5, 22.5]])

  // delete, and a key that is wrong
  assert.equal((await call('DELETE', 'resources/lab/files/a.txt')).status, 200)
  assert.equal((await call('DELETE', 'resources/lab/files/a.txt')).status, 404)
  assert.equal((await call('DELETE', 'resources/lab/controller/temperature', { data_only: 1 })).status, 200)
  assert.equal((await call('GET', 'resources/lab/controller/temperature')).text, '')
  assert.equal((await send(lab, 'WRONG', 'GET', 'resources/lab', {})).status, 401)
})
