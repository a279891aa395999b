/** InfluxDB's line protocol: as text, and as clients send it. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { gzipSync } from 'node:zlib'
import { parseInSteps, parseLines, type FieldValue, type LinePoint } from '../../src/wire/line-protocol.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'

/** Numbers that look random, and are the same each time. */
function dice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

const ALPHABET = ['a', 'Z', '7', '_', ' ', ',', '=', '°', '/', '-', '.', '"', '\u{1f321}']
const BAD = [
  'temp',
  'temp ',
  'temp,host',
  'temp,host= v=1',
  ' =1',
  'temp v=',
  'temp v=1,',
  'temp v=nan',
  'temp v=1 yesterday',
  'temp v="open',
  'temp v=1e999',
  'temp v=12345678901234567890i',
  'temp v=-5u',
  'temp,a=1,b=2,a=3 v=1',
]
const escape = (name: string): string => name.replace(/[ ,=]/g, '\\$&')
const show = (value: FieldValue, roll: (sides: number) => number): string =>
  typeof value === 'string'
    ? `"${value.replace(/["\\]/g, '\\$&')}"`
    : typeof value === 'boolean'
      ? ((value ? ['t', 'True', 'true'] : ['F', 'false', 'FALSE'])[roll(3)] ?? '')
      : Number.isInteger(value) && roll(2) === 0
        ? `${value}i`
        : String(value)

function makePoint(roll: (sides: number) => number): Omit<LinePoint, 'line'> {
  const name = (): string => Array.from({ length: 1 + roll(5) }, () => ALPHABET[roll(ALPHABET.length)]).join('')
  const unique = (count: number): string[] => [...new Set(Array.from({ length: count }, name))].sort()
  const value = (): FieldValue =>
    [roll(2) === 0, `${name()}\\${name()}\n`, roll(1_000_000) - 500_000, (roll(1_000_000) - 500_000) / 7][roll(4)] ?? 0
  return {
    measurement: `m${name()}`,
    tags: unique(roll(4)).map((tag) => [tag, name()] as const),
    fields: unique(1 + roll(4)).map((field) => [field, value()] as const),
    timestamp: roll(3) === 0 ? undefined : String(1_700_000_000 + roll(1_000_000)),
  }
}

test('whatever can be written comes back the same, and each bad line among the good ones costs itself alone', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const roll = dice(seed)
    const lines: string[] = []
    const wanted: Omit<LinePoint, 'line'>[] = []
    let bad = 0
    for (let at = 0; at < 12; at++) {
      if (roll(4) === 0) {
        const line = BAD[roll(BAD.length)] ?? ''
        // A text that does not end takes what follows for its own: it comes last.
        if (line.endsWith('"open')) continue
        lines.push(line)
        bad++
        continue
      }
      if (roll(6) === 0) lines.push(['', '# a comment', '  '][roll(3)] ?? '')
      const point = makePoint(roll)
      wanted.push(point)
      const tags = point.tags.map(([name, value]) => `,${escape(name)}=${escape(value)}`)
      if (roll(2) === 0) tags.reverse()
      const fields = point.fields.map(([name, value]) => `${escape(name)}=${show(value, roll)}`).join(',')
      lines.push(`${escape(point.measurement)}${tags.join('')} ${fields}${point.timestamp === undefined ? '' : ` ${point.timestamp}`}`)
    }
    const found = [...parseLines(lines.join(roll(2) === 0 ? '\r\n' : '\n'))]
    const good = found.flatMap((one) => ('problem' in one ? [] : [{ ...one, line: undefined }]))
    assert.deepEqual(
      good,
      wanted.map((point) => ({ ...point, line: undefined })),
      `seed ${seed}`,
    )
    assert.equal(found.length - good.length, bad, `seed ${seed}`)
  }
})

test('each bad line is named by its number', () => {
  for (const line of BAD) {
    const found = [...parseLines(`good v=1\n${line}\ngood v=2`)]
    assert.ok('problem' in (found[1] ?? {}), line)
    assert.equal((found[1] as { problem: { line: number } }).problem.line, 2, line)
  }
})

test('a text that does not end leaves the lines behind it', () => {
  const found = [...parseLines('m f="open\nm f=1\nm f=2')]
  assert.deepEqual(
    found.map((one) => ('problem' in one ? 'bad' : one.fields[0]?.[1])),
    ['bad', 1, 2],
  )
})

test('time to parse grows as the text does', () => {
  for (const piece of ['\\', '"', ',', '=', ' ', 'a=', 'm a="', 'm,a\\ ', 'm f=1\n'])
    for (const _ of parseLines(piece.repeat(100_000))) if (piece !== 'm f=1\n') continue
})

async function write(
  lab: Lab,
  path: string,
  body: string | Buffer,
  headers: Record<string, string>,
): Promise<{ status: number; text: string }> {
  const reply = await fetch(`${lab.url}${path}`, { method: 'POST', body, headers })
  return { status: reply.status, text: await reply.text() }
}

const newest = async (lab: Lab, path: string): Promise<string> => (await lab.get(`/resources${path}`)).text

test('a controller writes as to InfluxDB 1 and 2: sequences are made at first sight, by measurement, tags and field', async (t) => {
  const lab = await startLab(t, { clock: new FakeClock() })
  const house = await lab.controller('greenhouse')
  await lab.put('/resources/lab/greenhouse', { system_attributes: { create_sequences: true } })
  const token = { authorization: `Token ${house.key}` }
  const body = 'climate,zone=north,bench=2 temp=21.5,fan=t,state="open" 1769860800000000000\nclimate,zone=a/b temp=7i 1769860800000000000\n'
  assert.deepEqual(await write(lab, '/api/v2/write?bucket=any&org=x&precision=ns', body, token), { status: 204, text: '' })
  assert.equal(await newest(lab, '/lab/greenhouse/climate/2/north/temp'), '21.5')
  assert.equal(await newest(lab, '/lab/greenhouse/climate/2/north/fan'), '1')
  assert.equal(await newest(lab, '/lab/greenhouse/climate/2/north/state'), 'open')
  assert.equal(
    lab.ctx.tree.find('/lab/greenhouse')?.children.get('climate')?.children.get('a%2Fb')?.children.get('temp')?.sequence
      ?.minStorageInterval,
    0,
  )

  const basic = { authorization: `Basic ${Buffer.from(`telegraf:${house.key}`).toString('base64')}`, 'content-encoding': 'gzip' }
  assert.equal((await write(lab, '/write?db=telegraf&precision=s', gzipSync('cpu load=0.5 1769860800'), basic)).status, 204)
  // What curl --data-binary says of it.
  const asForm = { authorization: basic.authorization, 'content-type': 'application/x-www-form-urlencoded' }
  assert.equal((await write(lab, '/write?precision=s', 'cpu load=0.6 1769860802', asForm)).status, 204)
  assert.equal((await write(lab, `/write?db=x&u=any&p=${house.key}&precision=ms`, 'cpu load=0.7 1769860801000', {})).status, 204)
  const { timestamps } = (await lab.get('/resources/lab/greenhouse/cpu/load', { count: 9 })).json as { timestamps: number[] }
  assert.deepEqual(timestamps, [1_769_860_800, 1_769_860_801, 1_769_860_802])

  const partly = await write(
    lab,
    '/api/v2/write?precision=s',
    'cpu load=0.9 1769860802\ncpu load=wrong\ncpu load=1 1769860800000000000\n',
    token,
  )
  assert.equal(partly.status, 400)
  assert.match((JSON.parse(partly.text) as { message: string }).message, /^partial write: line 2: .*dropped=2$/)
  assert.equal(await newest(lab, '/lab/greenhouse/cpu/load'), '0.9')
  const old = await write(lab, '/write', 'cpu load=oops', token)
  assert.match((JSON.parse(old.text) as { error: string }).error, /^partial write: line 1/)
  assert.equal((await fetch(`${lab.url}/ping`)).status, 204)
  assert.equal((await write(lab, '/query?q=CREATE%20DATABASE%20%22telegraf%22', '', token)).status, 200)
})

test('what may not be written is refused: no key, a folder that makes no sequences, too many new ones, somebody else', async (t) => {
  const lab = await startLab(t, { settings: { MAX_NEW_SEQUENCES: 3 } })
  const house = await lab.controller('greenhouse')
  const token = { authorization: `Token ${house.key}` }
  assert.equal((await write(lab, '/api/v2/write', 'cpu load=1', {})).status, 401)
  assert.equal((await write(lab, '/api/v2/write', 'cpu load=1', { authorization: 'Token RHIZOWRONG' })).status, 401)
  assert.equal((await write(lab, '/api/v2/write?precision=d', 'cpu load=1', token)).status, 400)
  const off = await write(lab, '/api/v2/write', 'cpu load=1', token)
  assert.match(off.text, /create_sequences is off/)
  assert.equal(lab.ctx.tree.find('/lab/greenhouse/cpu'), undefined)
  const [status] = (await lab.get('/controllers', { path: '/lab/greenhouse' })).json as { refused_values: { count: number } | null }[]
  assert.equal(status?.refused_values?.count, 1)
  await lab.put('/resources/lab/greenhouse', { system_attributes: { create_sequences: true } })
  const many = await write(lab, '/api/v2/write', 'cpu a=1,b=2,c=3,d=4', token)
  assert.match(many.text, /MAX_NEW_SEQUENCES/)
  assert.equal([...(lab.ctx.tree.find('/lab/greenhouse/cpu')?.children.values() ?? [])].length, 3)
  const stranger = await lab.user('stranger@example.com', { member: false })
  const foreign = { authorization: `Token ${stranger.key}` }
  assert.equal((await write(lab, '/api/v2/write?bucket=lab/greenhouse', 'cpu a=5', foreign)).status, 404)
  assert.equal((await write(lab, '/api/v2/write?bucket=lab/greenhouse', 'cpu a=6', { authorization: `Token ${lab.key}` })).status, 204)
  assert.equal(await newest(lab, '/lab/greenhouse/cpu/a'), '6')
})

test('millions of empty lines and comments are passed over in steps', () => {
  for (const piece of ['\n', '#\n', ' ']) {
    const count = 200_000
    const found = [...parseInSteps(`${piece.repeat(count)}m v=1`)]
    const [point] = found.filter((one) => one !== undefined)
    assert.ok(found.length > count / 50_001, `${found.length} steps`)
    assert.ok(point && 'fields' in point && point.line === (piece === ' ' ? 1 : count + 1))
  }
})

test('lines that are refused have a bound as values have', async (t) => {
  const lab = await startLab(t)
  const house = await lab.controller('house')
  const reply = await write(lab, '/write', '=\n'.repeat(100_001), { authorization: `Bearer ${house.key}` })
  assert.equal(reply.status, 413)
})
