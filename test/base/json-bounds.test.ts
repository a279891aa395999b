/** JSON from outside is counted before it is parsed, by looks at it, not by time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../../src/base/fault.ts'
import { MAX_JSON_ITEMS, MAX_JSON_NAMES, requireModestJson, type JsonSteps } from '../../src/base/json-bounds.ts'
import { parseJson, parseValuesJson } from '../../src/base/json.ts'
import { startLab } from '../support/lab.ts'

const members = (count: number): string => `{${Array.from({ length: count }, (_, at) => `"k${at}":${at}`).join(',')}}`
const refusal = (text: string, parse = parseJson): string => {
  try {
    parse(text, 'values')
  } catch (error) {
    assert.ok(error instanceof Fault)
    return `${error.code}: ${error.message}`
  }
  return 'none'
}

/** Looks, and whether it was refused before its end. */
function look(text: string): { looks: number; isRefused: boolean } {
  const steps: JsonSteps = { looks: 0 }
  try {
    requireModestJson(text, 'values', steps)
    return { looks: steps.looks, isRefused: false }
  } catch (error) {
    assert.ok(error instanceof Fault)
    return { looks: steps.looks, isRefused: true }
  }
}

test('as many names and items as a request may need are parsed, and one more is told with the bound, also within lists and objects', () => {
  for (const parse of [parseJson, parseValuesJson]) {
    assert.equal(refusal(members(MAX_JSON_NAMES), parse), 'none')
    assert.match(refusal(members(MAX_JSON_NAMES + 1), parse), /^too_large: values has more than 20000 names of members/)
    const [half, more] = [members(MAX_JSON_NAMES / 2), members(MAX_JSON_NAMES / 2 + 1)]
    assert.match(refusal(`[${half},${more}]`, parse), /^too_large: .* names/)
    assert.match(refusal(`{"a":{"b":${members(MAX_JSON_NAMES)}}}`, parse), /^too_large: .* names/)
    assert.equal(refusal(`[${'1,'.repeat(MAX_JSON_ITEMS - 2)}1]`, parse), 'none')
    for (const item of ['1,', '"a",', '[],', '{},', 'NaN,'])
      assert.match(refusal(`[${item.repeat(MAX_JSON_ITEMS)}1]`, parse), /^too_large: values has more than 200000 members and elements/)
  }
})

test('what is nested deeply is refused before it is parsed', () => {
  for (const text of ['['.repeat(900_000), `${'['.repeat(450_000)}${']'.repeat(450_000)}`, '{"a":'.repeat(100_000)])
    assert.match(refusal(text), /^invalid: (?:values|a) is nested deeper than 32 levels\.$/)
})

test('marks within texts, and behind the first value, count nothing', () => {
  const text = '{:,['.repeat(300_000)
  assert.equal(refusal(JSON.stringify({ text, escaped: '"\\'.repeat(100_000) })), 'none')
  assert.equal(look(`[1] ${',:'.repeat(500_000)}`).isRefused, false)
  assert.equal(look(`1,2,3${',4'.repeat(500_000)}`).isRefused, false)
  assert.equal(look(`"a,b"${',"c"'.repeat(500_000)}`).isRefused, false)
  assert.match(refusal(`["${'\\n'.repeat(1_000_001)}"]`), /^too_large: values has more than 1000000 escapes in texts/)
})

test('each mark is looked at once, and a long text is passed over', () => {
  const long = 'x'.repeat(1_000_000)
  assert.ok(look(`{"data":"${long}","b":["${long}"]}`).looks < 50)
  for (const text of [
    `["${'\\"'.repeat(400_000)}"]`,
    `["${'\\\\'.repeat(400_000)}`,
    `[${'"a",'.repeat(150_000)}`,
    `["${'\\n'.repeat(400_000)}`,
  ]) {
    const { looks } = look(text)
    assert.ok(looks > 0 && looks <= text.length, `${text.slice(0, 10)}: ${looks} of ${text.length}`)
  }
})

test('no route parses more than that: bodies, parameters of forms, webhooks, and elements of lists', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const send = async (path: string, type: string, body: string, method = 'POST', key = lab.key): Promise<[number, string]> => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': type }
    const response = await fetch(`${lab.url}/api/v1${path}`, { method, headers, body })
    return [response.status, await response.text()]
  }
  const many = members(90_000)
  const json = 'application/json'
  const cases: [string, string, string, string?][] = [
    ['/resources', json, many, 'PUT'],
    ['/resources', json, `{"values":${many}}`, 'PUT'],
    ['/resources', 'application/x-www-form-urlencoded', `values=${many}`, 'PUT'],
    ['/resources', 'application/x-www-form-urlencoded', `type=21&name=q&parent=/lab&system_attributes=${many}`],
    [`/ingest${fridge.path}`, json, many],
    [`/ingest${fridge.path}`, json, `{"a":${many}}`],
    [`/ingest${fridge.path}`, json, `[${many}]`],
  ]
  for (const [path, type, body, method] of cases) {
    const [status, text] = await send(path, type, body, method)
    assert.equal(status, 413, `${path} ${type}: ${text.slice(0, 200)}`)
    assert.match(text, /more than 20000 names of members/)
  }
  const [status, text] = await send('/sequences/values', json, `[{"path":"/lab/x","value":1},${many}]`)
  assert.equal(status, 200)
  assert.match(text, /An element of the array is not taken\. It has more than 20000 names of members/)
  assert.match(
    (await send('/resources', 'multipart/form-data; boundary=b', `${'--b\r\n\r\n\r\n'.repeat(2_000)}--b--\r\n`, 'PUT'))[1],
    /more than 1010 parts/,
  )
})

test('forms, lists of values and lines are read in small pieces, with others in between, and have what they have at once', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/level', 2)
  let pauses = 0
  const { turns } = lab.ctx
  const of = turns.of.bind(turns)
  turns.of = (caller) => Object.defineProperty(of(caller), 'pause', { value: () => void pauses++ })
  const send = async (method: string, path: string, type: string, body: string): Promise<[number, string]> => {
    const headers = { authorization: `Bearer ${lab.key}`, 'content-type': type }
    const response = await fetch(`${lab.url}/api/v1${path}`, { method, headers, body })
    return [response.status, await response.text()]
  }
  const SIZE = 800_000
  const text = '\r\n-'.repeat(SIZE / 3)
  const part = `--b\r\nContent-Disposition: form-data; name="values"\r\n\r\n${JSON.stringify({ '/lab/level': text })}\r\n--b--\r\n`
  assert.match((await send('PUT', '/resources', 'multipart/form-data; boundary=b', part))[1], /"stored":1/)
  assert.ok(pauses >= part.length / 8_000, `${pauses} for a form`)
  assert.equal((await lab.get('/resources/lab/level')).text, text)
  pauses = 0
  const lines = `path,timestamp,value\n${'/lab/level,1,a\n'.repeat(SIZE / 16)}`
  assert.equal((await send('POST', '/sequences/values', 'text/csv', lines))[0], 200)
  assert.ok(pauses >= lines.length / 70_000, `${pauses} for lines`)
  // Pluses are blanks, few and many.
  for (const count of [5, SIZE]) {
    const [status] = await send(
      'PUT',
      '/resources',
      'application/x-www-form-urlencoded',
      `values={"/lab/level":"${'+%2B'.repeat(count / 5)}ä+"}`,
    )
    assert.equal(status, 200)
    const newest = (await lab.get('/resources/lab/level')).text
    assert.equal(newest, `${' +'.repeat(count / 5)}ä `)
  }
  const wide = `path,timestamp,value\n${'"",'.repeat(SIZE / 4)}\n`
  assert.match((await send('POST', '/sequences/values', 'text/csv', wide))[1], /Line 2 of the CSV has more than 100 fields, not 3/)
})
