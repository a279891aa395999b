/** Files as base64 in a form, as clients of rhizo-server send them, larger than what is held in memory. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import test from 'node:test'
import { startLab, type Lab } from '../support/lab.ts'

const send = async (
  lab: Lab,
  method: string,
  path: string,
  fields: [string, string][],
  key = lab.key,
): Promise<{ status: number; message?: string }> => {
  const body = new URLSearchParams(fields).toString()
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/x-www-form-urlencoded' }
  const reply = await fetch(`${lab.url}/api/v1${path}`, { method, headers, body })
  return { ...((await reply.json()) as object), status: reply.status }
}

const hashOf = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex')

async function hashAt(lab: Lab, path: string): Promise<string> {
  return hashOf((await lab.get(`/resources${path}`)).bytes)
}

test('a form longer than MAX_BODY_SIZE brings a file, by each call, wherever in the form its content is', async (t) => {
  const lab = await startLab(t, { settings: { MAX_BODY_SIZE: 2_000_000 } })
  const [first, second] = [randomBytes(5_000_001), randomBytes(4_500_000)]
  const [one, two] = [first.toString('base64'), second.toString('base64')]
  const made = [
    await send(lab, 'POST', '/resources/lab/deep/old.bin', [['data', one]]),
    await send(lab, 'POST', '/resources', [
      ['path', '/lab'],
      ['type', '20'],
      ['contents', one],
      ['name', 'new é&=.bin'],
    ]),
    await send(lab, 'PUT', '/resources/lab/deep/old.bin', [
      ['data', two],
      ['user_attributes', '{"by":"hand"}'],
    ]),
  ]
  assert.deepEqual(
    made.map(({ status }) => status),
    [200, 200, 200],
    JSON.stringify(made),
  )
  assert.equal(await hashAt(lab, '/lab/deep/old.bin'), hashOf(second))
  assert.equal(await hashAt(lab, `/lab/${encodeURIComponent('new é&=.bin')}`), hashOf(first))
  const info = (await lab.get('/resources/lab/deep/old.bin', { meta: 1 })).json as { user_attributes: unknown; size: number }
  assert.deepEqual([info.user_attributes, info.size], [{ by: 'hand' }, second.length])
})

test('what is wrong with it is refused with its reason, and leaves nothing in the storage', async (t) => {
  const lab = await startLab(t, { settings: { MAX_BODY_SIZE: 2_000_000, MAX_FILE_SIZE: 4_000_000 } })
  const stranger = await lab.user('stranger@example.com', { member: false })
  const content = randomBytes(3_500_000).toString('base64')
  const cases: [status: number, fields: [string, string][], key?: string][] = [
    [400, [['data', `${content.slice(0, 3_000_000)}!${content.slice(3_000_000)}`]]],
    [400, [['data', `${content}A`]]],
    [
      400,
      [
        ['data', content],
        ['data', content],
      ],
    ],
    [413, [['data', randomBytes(4_100_000).toString('base64')]]],
    [
      413,
      [
        ['data', content],
        ['user_attributes', 'x'.repeat(2_100_000)],
      ],
    ],
    [403, [['data', content]], stranger.key],
  ]
  for (const [status, fields, key] of cases) {
    const reply = await send(lab, 'POST', '/resources/lab/x.bin', fields, key)
    assert.equal(reply.status, status, JSON.stringify(reply))
  }
  assert.equal((await lab.get('/resources/lab/x.bin')).status, 404)
  const stored = await readdir(lab.ctx.settings.storageFolder, { recursive: true })
  assert.deepEqual(
    stored.filter((path) => /[0-9a-f]{30}$/.test(path)),
    [],
  )
})

test('a part of a form without a name is refused, and ends nothing', async (t) => {
  const lab = await startLab(t)
  for (const more of ['', '; filename="a.bin"']) {
    const body = `--x\r\nContent-Disposition: form-data${more}\r\n\r\n1\r\n--x--\r\n`
    for (const credentials of [{}, { authorization: `Bearer ${lab.key}` }]) {
      const headers = { ...credentials, 'content-type': 'multipart/form-data; boundary=x' }
      const reply = await fetch(`${lab.url}/api/v1/resources`, { method: 'POST', headers, body })
      assert.match(`${reply.status} ${await reply.text()}`, 'authorization' in credentials ? /^400 .*has no name/ : /^40[03] /)
    }
  }
  assert.equal((await fetch(`${lab.url}/health`)).status, 200)
})
