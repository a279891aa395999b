/**
 * Backups while everything that rewrites a lab's disk goes on: sealing, truncation, purging, vacuum, contents that move between folder,
 * database and bucket. Each restored lab is the original as it was after one of its changes, between the backup's beginning and its end.
 */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import test, { type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { silentLog } from '../../src/base/log.ts'
import { moveContents } from '../../src/content/move-contents.ts'
import type { SqliteSequenceStore } from '../../src/storage/engine/sqlite-sequences.ts'
import { openPlaces } from '../../src/storage/places/open-places.ts'
import type { PlaceName } from '../../src/storage/places/placed-storage.ts'
import { backUpLab, makeFolder, restoreTo } from '../support/backups.ts'
import { startLab, type Lab } from '../support/lab.ts'
import { BUCKET, startS3 } from '../support/s3-server.ts'

/** CHANGES=2000 for more of them. */
const LEAST_CHANGES = Number(process.env['CHANGES'] ?? 120)
const BACKUPS = 4
/** Of a bulk: some of them fill what is sealed at once. */
const BULK = 2_000

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 12)

/** What a lab holds, as far as the changes below touch it. */
interface State {
  readonly values: number
  readonly newest: number
  readonly short: number
  /** Hash by name. */
  readonly files: Readonly<Record<string, string>>
  readonly organizations: readonly string[]
}

/** Makes one change after the other, and knows what the lab holds after each. */
class Story {
  readonly states: State[] = []
  readonly #lab: Lab
  #isOver = false
  #values = 0
  #short = 0
  #files: Record<string, string> = {}
  #organizations: string[] = []

  constructor(lab: Lab) {
    this.#lab = lab
    this.#note()
  }

  async tell(): Promise<void> {
    for (let at = 0; !this.#isOver; at++) {
      await this.#change(at)
      this.#note()
    }
  }

  end(): void {
    this.#isOver = true
  }

  #note(): void {
    const { values, newest } = { values: this.#values, newest: this.#values }
    this.states.push({ values, newest, short: this.#short, files: { ...this.#files }, organizations: [...this.#organizations] })
  }

  async #change(at: number): Promise<void> {
    const lab = this.#lab
    const names = Object.keys(this.#files)
    const [oldest, newest] = [names[0], names.at(-1)]
    if (at % 7 === 0) {
      this.#values++
      await does(lab.put('/resources', { values: { '/lab/a': this.#values, '/lab/b': this.#values } }))
    } else if (at % 7 === 1) await this.#upload(`file-${at}`)
    else if (at % 7 === 2 && newest !== undefined) await this.#upload(newest)
    else if (at % 7 === 3 && oldest !== undefined && names.length > 8) {
      await does(lab.delete(`/resources/lab/files/${oldest}`, { purge: 1 }))
      delete this.#files[oldest]
    } else if (at % 7 === 4) await this.#bulk()
    else if (at % 7 === 5) await this.#organize(at)
    else {
      this.#short++
      await does(lab.put('/resources', { values: { '/lab/short': this.#short } }))
    }
  }

  async #upload(name: string): Promise<void> {
    const content = randomBytes(500 + Math.floor(Math.random() * 40_000))
    await does(this.#lab.post(`/resources/lab/files/${name}`, { contents: content.toString('base64') }))
    this.#files[name] = hashOf(content)
  }

  async #bulk(): Promise<void> {
    const from = Date.now() * 1_000
    const values = Array.from({ length: BULK }, (_, n) => ({
      path: '/lab/bulk',
      timestamp: new Date((from - (BULK - n) * 1_000) / 1_000).toISOString(),
      value: Math.random(),
    }))
    const response = await fetch(`${this.#lab.url}/api/v1/sequences/values`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Basic ${Buffer.from(`test:${this.#lab.key}`).toString('base64')}` },
      body: JSON.stringify(values),
    })
    assert.equal(response.status, 200, await response.text())
  }

  async #organize(at: number): Promise<void> {
    const [oldest] = this.#organizations
    if (this.#organizations.length > 2 && oldest !== undefined) {
      await does(this.#lab.delete(`/resources/${oldest}`, { purge: 1 }))
      this.#organizations.shift()
      return
    }
    const name = `org-${at}`
    await does(this.#lab.post('/organizations', { folder_name: name, full_name: name }))
    this.#organizations.push(name)
  }
}

async function does(answer: ReturnType<Lab['get']>): Promise<void> {
  const { status, text } = await answer
  assert.equal(status, 200, text)
}

async function newestOf(lab: Lab, path: string): Promise<number> {
  const { json, status, text } = await lab.get(`/resources${path}`, { count: 2 })
  assert.equal(status, 200, `${path}: ${text}`)
  return Number((json as { values: unknown[] }).values.at(-1) ?? 0)
}

async function stateOf(lab: Lab): Promise<State> {
  const { id = 0 } = lab.ctx.tree.find('/lab/files') ?? {}
  const rows = await lab.ctx.db.selectFrom('resources').select('name').where('parent_id', '=', id).where('deleted', '=', 0).execute()
  const files: Record<string, string> = {}
  for (const { name } of rows) {
    const { status, bytes } = await lab.get(`/resources/lab/files/${name}`)
    assert.equal(status, 200, name)
    files[name] = hashOf(bytes)
  }
  const roots = await lab.ctx.db.selectFrom('resources').select('name').where('parent_id', 'is', null).where('deleted', '=', 0).execute()
  return {
    values: await newestOf(lab, '/lab/a'),
    newest: await newestOf(lab, '/lab/b'),
    short: await newestOf(lab, '/lab/short'),
    files,
    organizations: roots.map(({ name }) => name).filter((name) => name.startsWith('org-')),
  }
}

const inOrder = ({ files, organizations, ...others }: State): string =>
  JSON.stringify({ ...others, files: Object.entries(files).sort(), organizations: organizations.toSorted() })

/** Does all that rewrites the disk and changes nothing, until stopped. */
function disturb(lab: Lab, ways: readonly PlaceName[]): { stop: () => Promise<Record<string, number>> } {
  let isOver = false
  const rounds: Record<string, number> = {}
  const again = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    for (rounds[name] = 0; !isOver; rounds[name]++) {
      await work()
      await turn()
    }
  }
  const { ctx, settings } = lab
  const places = openPlaces(settings, { db: ctx.db, transact: ctx.engine.transact, now: () => ctx.clock.now(), log: silentLog })
  let at = 0
  let failure: unknown
  const work = Promise.all([
    again('sealed', () => (ctx.sequences as SqliteSequenceStore).seal()),
    again('vacuum', () => ctx.engine.vacuum(200)),
    again('workers', () => lab.daemon.runWorkers()),
    again('moved', async () => {
      const { missing, failed } = await moveContents({ db: ctx.db, places, to: ways[at++ % ways.length] ?? 'folder' })
      assert.deepEqual([missing, failed], [0, []], 'what is purged or made meanwhile is not missed')
    }),
  ]).catch((error: unknown) => {
    isOver = true
    failure = error
  })
  return {
    stop: async () => {
      isOver = true
      await work
      assert.equal(failure, undefined)
      return rounds
    },
  }
}

async function tryBackups(t: TestContext, more: Record<string, unknown>, ways: readonly PlaceName[]): Promise<void> {
  const lab = await startLab(t, { settings: { STORAGE_THRESHOLD: 1_000, ...more } })
  for (const path of ['/lab/a', '/lab/b', '/lab/bulk']) await lab.sequence(path)
  await lab.sequence('/lab/short', 1, { max_history: 5 })
  await does(lab.post('/resources', { path: '/lab', name: 'files', type: 'basic_folder' }))
  const story = new Story(lab)
  const telling = story.tell()
  const disturbances = disturb(lab, ways)
  const made: { backups: string; from: number; to: number }[] = []
  try {
    while (made.length < BACKUPS || story.states.length < LEAST_CHANGES) {
      const backups = await makeFolder(t)
      const from = story.states.length - 1
      const { warnings } = await backUpLab(lab, backups)
      assert.deepEqual(warnings, [])
      made.push({ backups, from, to: story.states.length })
    }
  } finally {
    story.end()
    await telling
    const rounds = await disturbances.stop()
    t.diagnostic(`${made.length} backups, ${story.states.length} changes; meanwhile ${JSON.stringify(rounds)}`)
    for (const [what, count] of Object.entries(rounds)) assert.ok(count > 0, `${what} ran`)
  }
  for (const { backups, from, to } of made) {
    const folder = await makeFolder(t)
    await restoreTo(backups, folder)
    const restored = await startLab(t, { folder, settings: { STORAGE_THRESHOLD: 1_000 } })
    const state = inOrder(await stateOf(restored))
    const fitting = story.states.slice(from, to + 1).map(inOrder)
    assert.ok(fitting.includes(state), `the lab of one moment between ${from} and ${to}: ${state}\n${fitting.join('\n')}`)
    await restored.stop()
  }
  assert.equal(inOrder(await stateOf(lab)), inOrder(story.states.at(-1) as State), 'and the lab itself has all')
}

test('a backup is one moment of a lab whose contents move between folder and database', (t) => tryBackups(t, {}, ['database', 'folder']))

test('a backup is one moment of a lab whose contents are in a bucket, and move', async (t) => {
  const place = await startS3(t)
  const bucket = {
    S3_STORAGE_BUCKET: BUCKET,
    S3_ENDPOINT: place.endpoint,
    S3_ACCESS_KEY: place.accessKey,
    S3_SECRET_KEY: place.secretKey,
  }
  await tryBackups(t, bucket, ['folder', 's3'])
})
