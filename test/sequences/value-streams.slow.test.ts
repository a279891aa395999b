/**
 * Long answers: the daemon reads no further than its reader does, stops when nobody reads, and leaves nothing out where pages are cut
 * short.
 */
import { createAdaptorServer } from '@hono/node-server'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request, type IncomingMessage, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import test from 'node:test'
import { replyLines } from '../../daemon/http/value-replies.ts'
import { BLOCK_VALUES } from '../../src/storage/engine/blocks/block.ts'
import type { SqliteSequenceStore } from '../../src/storage/engine/sqlite-sequences.ts'
import type { Page, ReadOptions, SequenceStore } from '../../src/storage/sequence-store.ts'
import { SECOND, type Micros } from '../../src/base/time.ts'
import { startLab, type Lab } from '../support/lab.ts'
import { rhizo } from '../support/outside-command.ts'
import { waitFor } from '../support/waiting.ts'

const START: Micros = Date.UTC(2026, 0, 1) * 1000

interface Read {
  readonly options: ReadOptions
  page: Page | undefined
}

/** What is asked of the store, and answered, from now on. */
function watchReads(store: SequenceStore): Read[] {
  const reads: Read[] = []
  const read = store.read.bind(store)
  store.read = async (sequence, options) => {
    const one: Read = { options, page: undefined }
    reads.push(one)
    return (one.page = await read(sequence, options))
  }
  return reads
}

async function storeMany(lab: Lab, path: string, count: number, isSealed: boolean, value: (at: number) => number | string): Promise<void> {
  const { id, sequence } = lab.ctx.tree.find(path) ?? {}
  assert.ok(id !== undefined)
  const ref = { id, isText: sequence?.dataType === 2 }
  for (let from = 0; from < count; from += 100_000) {
    await lab.ctx.sequences.append(
      Array.from({ length: Math.min(100_000, count - from) }, (_, at) => ({
        sequence: ref,
        time: START + (from + at) * SECOND,
        value: value(from + at),
      })),
    )
  }
  if (isSealed) await (lab.ctx.sequences as SqliteSequenceStore).seal()
}

/** A request over a socket that reads only when it is told to. */
async function ask(lab: Lab, path: string): Promise<Socket> {
  const { hostname, port } = new URL(lab.url)
  const socket = connect(Number(port), hostname)
  socket.pause()
  await once(socket, 'connect')
  socket.write(`GET /api/v1${path} HTTP/1.1\r\nHost: lab\r\nConnection: close\r\nAuthorization: Bearer ${lab.key}\r\n\r\n`)
  return socket
}

/** Once others were served twenty times without a change, nothing is under way any more. */
async function settle(lab: Lab, reads: readonly Read[]): Promise<number> {
  let [unchanged, before] = [0, -1]
  await waitFor('nothing is under way', async () => {
    await lab.get('/time')
    unchanged = reads.length === before && reads.every(({ page }) => page !== undefined) ? unchanged + 1 : 0
    before = reads.length
    return unchanged >= 20
  })
  return reads.length
}

const VALUES = 1_200_000

for (const format of ['ndjson', 'csv']) {
  test(`as long as a client takes nothing of its ${format}, the daemon reads nothing ahead; then it gets all`, async (t) => {
    const lab = await startLab(t)
    await lab.sequence('/lab/walk')
    await storeMany(lab, '/lab/walk', VALUES, true, (at) => at / 4)
    const reads = watchReads(lab.ctx.sequences)
    const socket = await ask(lab, `/resources/lab/walk?format=${format}`)
    t.after(() => socket.destroy())
    await waitFor('the first page is read', () => reads.length > 0)
    const ahead = await settle(lab, reads)
    const pages = VALUES / 5_000
    assert.ok(ahead > 0 && ahead < pages / 2, `${ahead} pages of ${pages} were read for a client that took none`)

    let [lines, rest] = [0, '']
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      lines += text.split('\n').length - 1
      rest = (rest + text).slice(-200)
    })
    socket.resume()
    await once(socket, 'end')
    assert.equal(reads.length, pages + (reads.at(-1)?.page?.times.length === 0 ? 1 : 0))
    assert.ok(lines > VALUES)
    assert.match(rest, new RegExp(`${(VALUES - 1) / 4}`.replace('.', '\\.')))
  })
}

test('a client that goes away ends the read', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/walk')
  await storeMany(lab, '/lab/walk', VALUES, true, (at) => at)
  const reads = watchReads(lab.ctx.sequences)
  const socket = await ask(lab, '/resources/lab/walk?format=ndjson')
  await waitFor('the first page is read', () => reads.length > 0)
  const { signal } = reads[0]?.options ?? {}
  assert.ok(signal && !signal.aborted)
  const aborted = once(signal, 'abort')
  socket.destroy()
  await aborted
  const count = await settle(lab, reads)
  assert.ok(count < VALUES / 5_000 / 2)
})

test('looking for a text ends in the midst when nobody waits for it any more', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/log', 2)
  await storeMany(lab, '/lab/log', 300_000, true, (at) => `line ${at}`)
  const reads = watchReads(lab.ctx.sequences)
  const socket = await ask(lab, '/resources/lab/log?format=ndjson&text=nowhere')
  await waitFor('the first page is read', () => reads.length > 0)
  socket.destroy()
  assert.equal(await settle(lab, reads), 1)
  assert.deepEqual([reads[0]?.page?.times, reads[0]?.page?.more], [[], true], 'it gave up, though there was more to look through')
  assert.equal(((await lab.get('/resources/lab/log', { text: 'line 299999', count: 5 })).json as { values: string[] }).values.length, 1)
})

test('what makes the lines is ended with its reader, and what fails breaks the answer off', async (t) => {
  let end: (how: string) => void = () => {}
  const ended = new Promise<string>((resolve) => (end = resolve))
  const server = createAdaptorServer({
    fetch: ({ url }: Request) =>
      replyLines(
        'ndjson',
        url.endsWith('fails')
          ? fail()
          : (async function* () {
              try {
                for (;;) yield new Uint8Array(100_000)
              } finally {
                end('ended')
              }
            })(),
      ),
  }) as Server
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const open = async (path: string): Promise<IncomingMessage> =>
    ((await once(request({ port, path }).end(), 'response')) as [IncomingMessage])[0]
  const endless = await open('/')
  await once(endless, 'readable')
  endless.destroy()
  assert.equal(await ended, 'ended')
  const broken = await open('/fails')
  await assert.rejects(async () => {
    for await (const chunk of broken) assert.ok(chunk)
  }, /aborted/)
})

async function* fail(): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode('{"timestamp":0}\n')
  await Promise.resolve()
  throw new Error('the disk is gone')
}

test('pages that begin where a block ends, or between blocks, go on to the end', async (t) => {
  const lab = await startLab(t)
  const { id } = await lab.sequence('/lab/walk')
  const ref = { id, isText: false }
  await storeMany(lab, '/lab/walk', 5 * BLOCK_VALUES, true, (at) => at)
  // What is left of each block is so little that a page takes several.
  const kept = 100
  const all: number[] = []
  for (let block = 0; block < 5; block++) {
    const first = block * BLOCK_VALUES
    await lab.ctx.sequences.delete(ref, { start: START + (first + kept) * SECOND, end: START + (first + BLOCK_VALUES - 1) * SECOND })
    for (let at = first; at < first + kept; at++) all.push(at)
  }
  assert.equal((await lab.ctx.sequences.info(ref)).blocks, 5)
  for (const order of ['ascending', 'descending'] as const) {
    const expected = order === 'ascending' ? all : [...all].reverse()
    for (const limit of [kept, kept + 1, 3 * kept, 5 * kept]) {
      const values: number[] = []
      for (let [from, more] = [order === 'ascending' ? START : START + 5 * BLOCK_VALUES * SECOND, true]; more; ) {
        const page = await lab.ctx.sequences.read(ref, { order, limit, ...(order === 'ascending' ? { start: from } : { end: from }) })
        values.push(...page.values.map(Number))
        from = (page.times.at(-1) ?? 0) + (order === 'ascending' ? 1 : -1)
        more = page.more
      }
      assert.deepEqual(values, expected, `${order} by ${limit}`)
    }
  }
  const rest = await lab.ctx.sequences.read(ref, { order: 'ascending', start: START + kept * SECOND, limit: 1_000 })
  assert.deepEqual([rest.times.length, rest.more], [4 * kept, false])
})

for (const isSealed of [true, false])
  test(`texts too large for one page${isSealed ? '' : ', not sealed yet,'} are all read, wherever pages are read`, async (t) => {
    const lab = await startLab(t)
    await lab.sequence('/lab/log', 2)
    const [count, size] = [24, 1_000_000]
    await storeMany(lab, '/lab/log', count, isSealed, (at) => `${at % 2 === 0 ? 'even' : 'odd'} ${at} `.padEnd(size, '.'))
    const number = (text: string): number => Number(text.split(' ')[1])
    const all = Array.from({ length: count }, (_, at) => at)

    const paged: number[] = []
    let pages = 0
    for (let cursor: string | undefined = ''; cursor !== undefined; pages++) {
      const json = (await lab.get('/resources/lab/log', { order: 'asc', ...(cursor === '' ? {} : { cursor }) })).json as {
        values: string[]
        cursor?: string
      }
      paged.push(...json.values.map(number))
      cursor = json.cursor
    }
    assert.deepEqual(paged, all)
    assert.ok(pages > 3, `${pages} pages`)
    assert.deepEqual(((await lab.get('/resources/lab/log', { count: 100 })).json as { values: string[] }).values.map(number), all)
    const lines = (await lab.get('/resources/lab/log', { format: 'ndjson' })).text.trim().split('\n')
    assert.deepEqual(
      lines.map((line) => number((JSON.parse(line) as { value: string }).value)),
      all,
    )
    assert.deepEqual(
      ((await lab.get('/resources/lab/log', { count: 100, summary: 1, prefix_length: 3 })).json as [string, number][])
        .map(([prefix, found]) => [prefix.slice(0, 3), found])
        .sort(),
      [
        ['eve', 12],
        ['odd', 12],
      ],
    )
    assert.deepEqual(((await lab.get('/resources/lab/log', { count: 100, text: 'odd' })).json as { values: string[] }).values.length, 12)
    const exported = await rhizo(lab, ['seq', 'export', '/lab/log'])
    assert.deepEqual(
      exported.stdout
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => number(line.split(',')[1] ?? '')),
      all,
    )
    const tail = await rhizo(lab, ['seq', 'tail', '/lab/log', '-n', '20', '--count', '0', '--json'])
    assert.deepEqual(
      tail.stdout
        .trim()
        .split('\n')
        .map((line) => number((JSON.parse(line) as { value: string }).value)),
      all.slice(-20),
    )
  })
