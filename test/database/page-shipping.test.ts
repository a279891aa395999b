/** Pages of a database that is written go to another, which is the same at each step, also for those who read it meanwhile. */
import Sqlite from 'better-sqlite3'
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { PageChanges } from '../../src/database/sqlite/page-changes.ts'
import { PageApplier } from '../../src/database/sqlite/page-applier.ts'
import { PageFile } from '../../src/database/sqlite/page-file.ts'
import { HASH_BYTES, type ChangedPages, type PagePosition } from '../../src/database/sqlite/pages.ts'
import { openSqlite, type SqliteDatabase } from '../../src/database/sqlite/sqlite.ts'

const PAGE = 1024

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-pages-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function openLeader(t: TestContext, folder: string): Promise<SqliteDatabase> {
  const leader = await openSqlite({
    path: join(folder, 'leader.db'),
    synchronous: 'FULL',
    clock: systemClock,
    log: silentLog,
    isDaemon: true,
    onFatal: () => {},
  })
  t.after(() => leader.close())
  await leader.writer.statement('create table jottings (id integer primary key, text text)', [])
  return leader
}

const fill = async ({ writer }: SqliteDatabase, count: number, letter: string): Promise<void> => {
  await writer.rows([
    { sql: 'insert into jottings (text) values (?)', columns: [Array.from({ length: count }, (_, at) => letter.repeat(200 + (at % 700)))] },
  ])
}

/** All that a database holds. */
function contentOf(connection: Sqlite.Database): string {
  const sum = createHash('sha256')
  for (const row of connection.prepare('select id, text from jottings order by id').raw().iterate()) sum.update(JSON.stringify(row))
  return sum.digest('hex')
}

class Copy {
  readonly #leader: SqliteDatabase
  readonly #source: PageFile
  readonly applier: PageApplier
  position: PagePosition | undefined
  bases = 0

  constructor(leader: SqliteDatabase, source: PageFile, applier: PageApplier) {
    this.#leader = leader
    this.#source = source
    this.applier = applier
  }

  /** @param between runs while the base is read */
  async follow(most = 1_000, between: () => Promise<void> = async () => {}): Promise<void> {
    for (;;) {
      const changed = await this.#leader.writer.pages(this.position, most)
      if (changed.kind === 'base') {
        this.bases++
        await this.#takeBase(between)
        this.position = changed
        continue
      }
      this.applier.stage(changed.pages)
      this.position = changed
      if (!changed.isComplete) continue
      if (changed.pages.length > 0) this.applier.commit(changed.pageCount)
      return
    }
  }

  async #takeBase(between: () => Promise<void>): Promise<void> {
    this.applier.settle()
    const groups = await this.#source.groups()
    const [theirs, own] = [await this.#source.hashes(0, groups), await this.applier.file.hashes(0, groups)]
    const differing = Array.from({ length: groups }, (_, group) => group).filter(
      (group) =>
        !theirs.subarray(group * HASH_BYTES, (group + 1) * HASH_BYTES).equals(own.subarray(group * HASH_BYTES, (group + 1) * HASH_BYTES)),
    )
    await between()
    for (const group of differing) this.applier.stage(await this.#source.readGroups([group]))
  }
}

async function startCopy(t: TestContext): Promise<{ leader: SqliteDatabase; copy: Copy; path: string; reader: () => Sqlite.Database }> {
  const folder = folderFor(t)
  const leader = await openLeader(t, folder)
  const source = new PageFile(join(folder, 'leader.db'))
  t.after(() => source.close())
  const path = join(folder, 'copy.db')
  const applier = PageApplier.open(path, PAGE)
  t.after(() => applier.close())
  return {
    leader,
    copy: new Copy(leader, source, applier),
    path,
    reader: () => {
      const reader = new Sqlite(path, { readonly: true })
      t.after(() => reader.close())
      return reader
    },
  }
}

test('a copy is the same after each step, also for a reader that stays open, over many logs', async (t) => {
  const { leader, copy, reader: open } = await startCopy(t)
  await fill(leader, 1_500, 'a')
  await copy.follow(500, () => fill(leader, 500, 'b'))
  const reader = open()
  assert.equal(contentOf(reader), contentOf(leader.reader))
  for (let step = 0; step < 40; step++) {
    await fill(leader, 200, String.fromCharCode(97 + (step % 26)))
    if (step % 3 === 0) await leader.writer.statement('delete from jottings where id % 7 = ?', [step % 7])
    if (step % 10 === 9) await leader.writer.shrink(1_000)
    if (step % 4 !== 0) continue
    await copy.follow(step % 8 === 0 ? 200 : 100_000)
    assert.equal(contentOf(reader), contentOf(leader.reader), `step ${step}`)
  }
  await copy.follow()
  assert.deepEqual(reader.pragma('integrity_check', { simple: true }), 'ok')
  assert.equal(contentOf(reader), contentOf(leader.reader))
  assert.equal(copy.bases, 1)
})

test('a transaction without its end is seen by nobody, and gone after a new start', async (t) => {
  const { leader, copy, reader: open, path } = await startCopy(t)
  await fill(leader, 100, 'a')
  await copy.follow()
  const reader = open()
  const before = contentOf(reader)
  await fill(leader, 2_000, 'b')
  const part = await leader.writer.pages(copy.position, 300)
  assert.deepEqual([part.kind, part.isComplete], ['changes', false])
  copy.applier.stage(part.pages)
  assert.equal(contentOf(reader), before)
  assert.equal(contentOf(open()), before)
  reader.close()
  const again = PageApplier.open(path, PAGE)
  t.after(() => again.close())
  assert.equal(contentOf(open()), before)
})

test('another program that commits and begins the log again makes a new base necessary, which the copy then takes', async (t) => {
  const { leader, copy, reader: open } = await startCopy(t)
  await fill(leader, 500, 'a')
  await copy.follow()
  const other = new Sqlite(leader.reader.name)
  t.after(() => other.close())
  other.exec("insert into jottings (text) values ('from elsewhere')")
  await copy.follow()
  assert.equal(copy.bases, 1)
  assert.equal(contentOf(open()), contentOf(leader.reader))
  other.exec("insert into jottings (text) values ('again')")
  other.pragma('wal_checkpoint(TRUNCATE)')
  await fill(leader, 10, 'c')
  await copy.follow()
  assert.equal(copy.bases, 2)
  assert.equal(contentOf(open()), contentOf(leader.reader))
})

test('who falls too far behind is told to compare all pages, and never gets changes with a gap', (t) => {
  const path = join(folderFor(t), 'leader.db')
  const connection = new Sqlite(path)
  connection.exec('pragma page_size = 1024; pragma journal_mode = WAL; pragma wal_autocheckpoint = 0; create table jottings (text text)')
  const changes = new PageChanges(connection, path, 100)
  t.after(() => {
    connection.close()
    changes.close()
  })
  const look = (): void => {
    const [now] = connection.pragma('wal_checkpoint(NOOP)') as { log: number }[]
    changes.look(connection, now?.log ?? 0)
  }
  const take = (since: PagePosition | undefined): ChangedPages =>
    connection.transaction(() => changes.take(since, 1_000, Number(connection.pragma('page_count', { simple: true }))))()
  look()
  const begin = take(undefined)
  assert.equal(begin.kind, 'base')
  let near: PagePosition = begin
  for (let step = 0; step < 50; step++) {
    connection.prepare('insert into jottings values (?)').run('x'.repeat(3_000))
    look()
    const next = take(near)
    assert.deepEqual([next.kind, next.isComplete], ['changes', true], 'who keeps up gets changes')
    near = next
    if (step % 10 === 9) connection.pragma('wal_checkpoint(TRUNCATE)')
  }
  assert.equal(take(begin).kind, 'base')
  assert.equal(take({ run: 'of another run', until: near.until }).kind, 'base')
  assert.equal(take({ run: near.run, until: near.until + 1 }).kind, 'base')
})

test('pages that were torn on their way are not staged', async (t) => {
  const { leader, copy, reader: open } = await startCopy(t)
  await fill(leader, 100, 'a')
  await copy.follow()
  const reader = open()
  const before = contentOf(reader)
  await fill(leader, 100, 'b')
  const { pages } = await leader.writer.pages(copy.position, 1_000)
  assert.throws(() => copy.applier.stage(pages.subarray(0, pages.length - 1)), /torn/)
  copy.applier.discard()
  assert.equal(contentOf(reader), before)
  await copy.follow()
  assert.equal(contentOf(reader), contentOf(leader.reader))
})
