/** A million resources: 900,000 files in 1,000 folders, and 100,000 sequences in 10,000 folders of 1,000 controllers. */
import { launchChromium } from '../../test/support/chromium.ts'
import { openDatabase } from '../database-file.ts'
import type { Aim, Effort, Figure, Measurement } from '../figure.ts'
import { withLab, type Lab } from '../lab.ts'
import type { HttpJob, HttpResult } from '../load/http.ts'
import type { RequestKind } from '../load/requests.ts'
import { quantile } from '../numbers.ts'
import { residentMegabytes, rest, runJob } from '../processes.ts'
import { formatNumber } from '../table.ts'
import { visitAgain } from './pages.ts'

const FOLDERS = 1_000
const FILES = 900
const CONTROLLERS = 1_000
/** Children of the one folder that is listed. */
const MANY = 10_000
/** Resources that are asked for. */
const TOUCHED = 10_000
const ASKED_AT_ONCE = 8
const PAGE_VISITS = 5

/** Waits until the daemon has taken all names into its index, which it does in the background. @returns milliseconds */
async function indexed(lab: Lab): Promise<number> {
  const db = openDatabase(lab)
  const left = db
    .prepare<[], number>('select (select max(id) from resources) - (select coalesce(max(id), 0) from resource_names_docsize)')
    .pluck()
  const began = performance.now()
  try {
    while ((left.get() ?? 0) > 0) await rest(500)
    return performance.now() - began
  } finally {
    db.close()
  }
}

/** Writes the rows straight into the database: by the API it would take an hour. */
function fill(lab: Lab): void {
  const db = openDatabase(lab)
  try {
    const organization = db.prepare<[], number>("select id from resources where name = 'bench-org'").pluck().get()
    const insert = (parent: string, name: string, type: number, count: number, attributes = '{}'): void =>
      void db
        .prepare(
          `insert into resources (parent_id, organization_id, name, type, system_attributes, user_attributes, creation_timestamp,
             modification_timestamp, deleted)
           with recursive n (n) as (select 0 union all select n + 1 from n where n < ${count - 1})
           select parent.id, ${organization}, '${name}-' || n, ${type}, '${attributes}', '{}', 1750000000000000, 1750000000000000, 0
           from resources parent, n where ${parent} order by parent.id, n`,
        )
        .run()
    const size = '{"hash":"da39a3ee5e6b4b0d3255bfef95601890afd80709","size":12}'
    const sequence = '{"data_type":1,"decimal_places":2,"min_storage_interval":0,"max_history":10000}'
    db.pragma('synchronous = OFF')
    db.transaction(() => {
      insert(`parent.id = ${organization}`, 'folder', 10, FOLDERS)
      insert("parent.name like 'folder-%' and parent.type = 10", 'report', 20, FILES, size)
      insert(`parent.id = ${organization}`, 'controller', 12, CONTROLLERS)
      insert("parent.name like 'controller-%' and parent.type = 12", 'group', 10, 10)
      insert("parent.name like 'group-%' and parent.type = 10", 'value', 21, 10, sequence)
      insert(`parent.id = ${organization}`, 'many', 10, 1)
      insert("parent.name = 'many-0'", 'reading', 20, MANY, size)
    })()
    db.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    db.close()
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

const file = (n: number): string => `/bench-org/folder-${n % FOLDERS}/report-${Math.floor(n / FOLDERS) % FILES}`

async function load(lab: Lab, kind: RequestKind, paths: string[], { rounds, seconds }: Effort): Promise<HttpResult> {
  const job = { port: lab.port, authorization: lab.userAuthorization, connections: 8, seconds: rounds * seconds, warmUp: 1, kind, paths }
  return runJob<HttpJob, HttpResult>('load/http', job)
}

async function measure(lab: Lab, effort: Effort): Promise<Measurement[]> {
  const found: Measurement[] = []
  const add = (name: string, title: string, unit: string, figure: number, aim: Aim, note?: string): void =>
    void found.push({ name: `million-${name}`, title, unit, figure, aim, ...(note === undefined ? {} : { note }) })
  const atMost = (most: number): Aim => ({ of: 'figure', atMost: most })
  const few = await load(lab, 'single', lab.paths, effort)
  fill(lab)
  await lab.restart()
  found.push({ name: 'million-index', title: 'making the index of names, beside other work', unit: 'ms', figure: await indexed(lab) })
  add('start', 'rhizo serve until it answers, 1,000,000 resources', 'ms', await lab.restart(), atMost(2_000))
  await rest(3_000)
  add('memory', 'resident memory after the start', 'MB', await residentMegabytes(lab.pid), atMost(120))

  const ask = async (target: string): Promise<number> => timed(() => lab.request('GET', `/api/v1/resources${target}`))
  const page = '/bench-org/many-0?limit=100'
  await ask(`${file(0)}?meta=1`)
  const cold: number[] = []
  for (let n = 1; n <= 500; n++) cold.push(await ask(`${file(n * 1_777)}?meta=1`))
  const hot: number[] = []
  for (let n = 1; n <= 500; n++) hot.push(await ask(`${file(n * 1_777)}?meta=1`))
  const more = quantile(cold, 0.5) - quantile(hot, 0.5)
  const note = `GET of its metadata: p50 ${formatNumber(quantile(cold, 0.5))} ms cold, ${formatNumber(quantile(hot, 0.5))} ms hot`
  add('cold', 'path and permission cold, beside hot', 'ms', more, atMost(2), note)

  for (let n = 0; n < TOUCHED; n += ASKED_AT_ONCE)
    await Promise.all(Array.from({ length: ASKED_AT_ONCE }, (_, at) => ask(`${file((n + at) * 89)}?meta=1`)))
  await rest(3_000)
  add('touched', `resident memory after ${TOUCHED} of them were asked for`, 'MB', await residentMegabytes(lab.pid), atMost(160))

  const times = async (target: string): Promise<number> => {
    const all: number[] = []
    for (let round = 0; round < 10; round++) all.push(await ask(target))
    return quantile(all, 0.5)
  }
  add('page', `a page of 100 of a folder with ${MANY} children, by the API`, 'ms', await times(page), atMost(20))
  add('page-last', 'its last page', 'ms', await times(`${page}&after=reading-998`), atMost(20))

  const hotPaths = await load(lab, 'single', lab.paths, effort)
  found.push({
    name: 'million-values',
    title: 'single values by REST to hot paths, 8 connections, beside the same before',
    unit: 'values/s',
    figure: hotPaths.requestsPerSecond,
    bare: few.requestsPerSecond,
    ratio: hotPaths.requestsPerSecond / few.requestsPerSecond,
    aim: { of: 'ratio', atLeast: 0.95 },
  })
  const folders = Array.from({ length: 100 }, (_, n) => `/bench-org/folder-${n}`)
  const made = await load(lab, 'create', folders, effort)
  add('create', 'files made a second, 8 connections', '/s', made.requestsPerSecond, { of: 'figure', atLeast: 3_000 })
  const search = async (words: string): Promise<number> => timed(() => lab.request('GET', `/api/v1/search?q=${encodeURIComponent(words)}`))
  await search('report-899')
  add('search', 'search by part of a name', 'ms', await search('eport-898'), atMost(50))
  add('search-common', 'search for a word that most names hold', 'ms', await search('report'), atMost(50))
  const browser = await launchChromium()
  try {
    const isShown = 'document.querySelector("main a[href*=\'many-0/reading-\']") !== null'
    const { chart } = await visitAgain(browser, lab, '/bench-org/many-0', isShown, PAGE_VISITS)
    add('browser', `the page of a folder with ${MANY} children in a browser, until its first entry`, 'ms', chart, atMost(150))
  } finally {
    await browser.close()
  }
  return found
}

export const millionFigures: Figure[] = [
  { name: 'million', measure: (effort) => withLab({ sequences: 100 }, (lab) => measure(lab, effort)) },
]
