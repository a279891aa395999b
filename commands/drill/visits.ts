/** What people and scripts do beside the load: pages, listings, series, exports, alerts, subscriptions, folders and deleted ranges. */
import { setTimeout } from 'node:timers/promises'
import { formatTimestamp, type Micros } from '../../src/base/time.ts'
import { Client } from '../../src/client/client.ts'
import { Controller } from '../../src/client/controller.ts'
import { ADMIN, type Target } from './load.ts'

/** Milliseconds between two rounds of visits. */
const BETWEEN = 1_000
/** Values that a round writes and that a later one deletes. */
const VALUES = 200
/** Rounds whose values are there at a time. */
const KEPT = 10
/** A second apart, each round's after those of the one before. */
const BEGIN: Micros = Date.UTC(2025, 0, 1) * 1000
const PAGES = ['/', '/-/alerts', '/drill', '/drill/rest', '/drill/visited', '/search?q=file']

const timeOf = (round: number, value: number): string => formatTimestamp(BEGIN + (round * VALUES + value) * 1_000_000)

/**
 * Visits until the signal.
 * @returns how many rounds there were
 * @throws Error when something is refused or fails
 */
export async function visit(target: Target, signal: AbortSignal): Promise<number> {
  const client = new Client({ server: target.url, key: target.key })
  const path = `${target.folder}/visited`
  let round = 0
  try {
    await client.sequences.create(path, { type: 'numeric' })
    const cookie = await signIn(client)
    for (; !signal.aborted; round++) {
      await changeValues(client, path, round)
      await changeAlert(client, path)
      await readValues(client, target.folder, path)
      await readPages(target.url, cookie)
      await subscribe(target)
      const folder = `${target.folder}/folder-${round}`
      await client.resources.createFolder(folder)
      await client.resources.remove(folder, { purge: true })
      await setTimeout(BETWEEN, undefined, { signal }).catch(() => undefined)
    }
    return round
  } finally {
    client.close()
  }
}

async function changeValues(client: Client, path: string, round: number): Promise<void> {
  const values = Array.from({ length: VALUES }, (_, value) => ({ path, timestamp: timeOf(round, value), value: Math.random() }))
  await client.sequences.append(values)
  if (round >= KEPT)
    await client.sequences.removeValues(path, { start: timeOf(round - KEPT, 0), end: timeOf(round - KEPT, VALUES - 1), where: undefined })
}

async function changeAlert(client: Client, path: string): Promise<void> {
  const name = await client.alerts.create(path, { kind: 'above', value: 0.5, recipients: [ADMIN.user] })
  await client.sequences.update(path, 0.9)
  await client.sequences.update(path, 0.1)
  await client.alerts.remove(path, name)
}

async function readValues(client: Client, folder: string, path: string): Promise<void> {
  await client.resources.list(folder)
  await client.resources.search('file')
  await client.sequences.summarize(`${folder}/rest`, 500)
  for (const format of ['csv', 'xlsx', 'parquet'] as const) await discard((await client.sequences.export([path], { format })).content)
  await discard(await client.sequences.openRange(path, 'ndjson'))
  await discard(await client.sequences.cite(path))
}

async function discard(content: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of content);
}

async function signIn(client: Client): Promise<string> {
  const response = await client.http.open('POST', '/sessions', { json: { user: ADMIN.user, password: ADMIN.password } })
  response.resume()
  return (response.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ')
}

async function readPages(url: string, cookie: string): Promise<void> {
  for (const page of PAGES) {
    const response = await fetch(new URL(page, url), { headers: { cookie }, redirect: 'manual' })
    await response.arrayBuffer()
    if (response.status !== 200) throw new Error(`the page ${page} answered ${response.status}`)
  }
}

async function subscribe({ url, key, folder }: Target): Promise<void> {
  const controller = new Controller({ server: url, key })
  await controller.connect()
  controller.subscribe(folder, () => undefined)
  await controller.close()
}
