/**
 * The election of a leader in a simulation: a database with the rules of PostgreSQL's connections and locks, a network that delays,
 * cuts and loses, processes that are paused, killed and come back, and a clock that the test moves. No two leaders act at once.
 */
import assert from 'node:assert/strict'
import test from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import {
  BEAT_MS,
  Election,
  type Beat,
  type ClusterTable,
  type Member,
  type Office,
  type Standing,
} from '../../src/database/postgres/election.ts'

/** Numbers that look random, the same for each seed. */
function makeRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Time that passes when the test says so. */
class World {
  now = 0
  readonly #due: { at: number; order: number; run: () => void }[] = []
  #order = 0

  at(time: number, run: () => void): void {
    this.#due.push({ at: time, order: this.#order++, run })
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.at(this.now + milliseconds, resolve))
  }

  async runUntil(time: number): Promise<void> {
    for (;;) {
      this.#due.sort((a, b) => a.at - b.at || a.order - b.order)
      const next = this.#due[0]
      if (!next || next.at > time) break
      this.#due.shift()
      this.now = next.at
      next.run()
      // What it set going comes to its next wait.
      await new Promise((resolve) => setImmediate(resolve))
    }
    this.now = time
  }
}

/** A connection with which a leader changes something. */
interface Session {
  readonly owner: string
  isAlive: boolean
}

/** What PostgreSQL keeps. */
class Database {
  term = 0
  leader = ''
  isReleased = true
  isReady = false
  seen = 0
  lock: Session | undefined
  sessions = new Set<Session>()
  /** Terms of what was written, in order. */
  writes: number[] = []

  end(session: Session): void {
    session.isAlive = false
    this.sessions.delete(session)
    if (this.lock === session) this.lock = undefined
  }
}

class Away extends Error {}

class Node implements ClusterTable, Office {
  readonly member: Member
  isPaused = false
  isCut = false
  isDead = false
  readonly connections = 0
  /** What waits for the end of a pause. */
  readonly #waiting: (() => void)[] = []
  readonly #world: World
  readonly #database: Database
  readonly #random: () => number
  readonly election: Election
  #session: Session | undefined
  #acts = false

  constructor(id: string, { world, database, random }: { world: World; database: Database; random: () => number }) {
    this.#world = world
    this.#database = database
    this.#random = random
    this.member = { id, name: id, address: `${id}:1`, version: '1', fingerprint: '' }
    this.election = new Election({ table: this, member: this.member, office: this, log: silentLog, now: () => world.now })
    void this.#live()
  }

  async #live(): Promise<void> {
    while (!this.isDead) {
      await this.election.turn()
      await this.#wait(BEAT_MS)
    }
  }

  /** Time as this process sees it: it does nothing while it is paused, and nothing any more when it is dead. */
  async #wait(milliseconds: number): Promise<void> {
    await this.#world.sleep(milliseconds)
    if (this.isPaused) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    if (this.isDead) await new Promise(() => {})
  }

  pause(): void {
    this.isPaused = true
  }
  goOn(): void {
    this.isPaused = false
    for (const wake of this.#waiting.splice(0)) wake()
  }
  /** The system closes its connections. */
  kill(): void {
    this.isDead = true
    for (const session of [...this.#database.sessions]) if (session.owner === this.member.id) this.#database.end(session)
  }

  /** A question to the database and its answer, each of which may be late or lost. */
  async #ask<T>(question: () => T): Promise<T> {
    await this.#wait(this.#random() * 300)
    if (this.isCut || this.#random() < 0.02) throw new Away()
    const answer = question()
    await this.#wait(this.#random() * 300)
    if (this.isCut || this.#random() < 0.02) throw new Away()
    return answer
  }

  beat({ id }: Member, { term, isReady }: Beat): Promise<Standing> {
    const database = this.#database
    return this.#ask(() => {
      if (database.leader === id && database.term === term && !database.isReleased) {
        database.seen = this.#world.now
        database.isReady = isReady
      }
      return {
        term: database.term,
        leader: database.leader,
        isReleased: database.isReleased,
        isReady: database.isReady,
        age: this.#world.now - database.seen,
        isConnected: [...database.sessions].some(({ owner }) => owner === database.leader),
        address: `${database.leader}:1`,
      }
    })
  }

  begin(id: string, { term, age }: { term: number; age: number }): Promise<number | undefined> {
    const database = this.#database
    return this.#ask(() => {
      if (database.term !== term || !(database.isReleased || this.#world.now - database.seen >= age)) return undefined
      Object.assign(database, { term: term + 1, leader: id, isReleased: false, isReady: false, seen: this.#world.now })
      return database.term
    })
  }

  endConnections(id: string): Promise<void> {
    return this.#ask(() => {
      for (const session of [...this.#database.sessions]) if (session.owner !== id) this.#database.end(session)
    })
  }

  release(id: string, term: number): Promise<void> {
    return this.#ask(() => {
      if (this.#database.leader === id && this.#database.term === term) this.#database.isReleased = true
    })
  }

  leave(): Promise<void> {
    return Promise.resolve()
  }

  /** As a daemon opens the database: the lock first, then whether it still leads. */
  async lead(term: number): Promise<void> {
    const session = await this.#ask((): Session => {
      const one = { owner: this.member.id, isAlive: true }
      this.#database.sessions.add(one)
      return one
    })
    this.#session = session
    await this.#ask(() => {
      if (!session.isAlive || this.#database.lock !== undefined) throw new Error('the lock is taken')
      this.#database.lock = session
      if (this.#database.term !== term || this.#database.leader !== this.member.id) throw new Error('another leads')
    })
    this.#acts = true
    void this.#act(term, session)
  }

  async #act(term: number, session: Session): Promise<void> {
    while (this.#acts && this.#session === session) {
      await this.#ask(() => {
        if (session.isAlive) this.#database.writes.push(term)
      }).catch(() => {})
      if (!session.isAlive) this.election.lose(term)
      await this.#wait(20)
    }
  }

  async resign(): Promise<void> {
    this.#acts = false
    const session = this.#session
    this.#session = undefined
    if (session) this.#database.end(session)
  }

  silence(): void {}

  follow(): void {}

  failed(): boolean {
    return true
  }
}

const SEEDS = 8
const QUIET_MS = 40_000

test('whatever is paused, cut off, killed or late: what a former leader writes comes before what the next one does', async () => {
  let changes = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = makeRandom(seed)
    const world = new World()
    const database = new Database()
    const make = (id: string): Node => new Node(id, { world, database, random })
    const nodes = ['a', 'b', 'c'].map(make)
    for (let round = 0; round < 12; round++) {
      const at = Math.floor(random() * nodes.length)
      const node = nodes[at]
      assert.ok(node)
      const what = random()
      if (what < 0.35) node.pause()
      else if (what < 0.7) node.isCut = true
      else if (what < 0.85) {
        node.kill()
        nodes[at] = make(`${node.member.id}'`)
      }
      await world.runUntil(world.now + random() * 20_000)
      for (const one of nodes) {
        if (random() < 0.5) one.isCut = false
        if (random() < 0.5 && one.isPaused) one.goOn()
      }
    }
    for (const node of nodes) {
      node.isCut = false
      if (node.isPaused) node.goOn()
    }
    const before = database.writes.length
    await world.runUntil(world.now + QUIET_MS)
    const last = database.writes.at(-1)
    assert.deepEqual(
      database.writes,
      [...database.writes].sort((a, b) => a - b),
      `seed ${seed}: two leaders acted at once`,
    )
    assert.ok(database.writes.length > before, `seed ${seed}: nobody leads though all is well`)
    assert.equal(last, database.term, `seed ${seed}`)
    changes += new Set(database.writes).size
    for (const node of nodes) node.isDead = true
  }
  assert.ok(changes > 2 * SEEDS, `only ${changes} leaders acted: the simulation hardly tries anything`)
})

test('without endings of connections two leaders would act at once: the simulation finds that', async () => {
  const found = new Set<number>()
  for (let seed = 1; seed <= SEEDS && found.size === 0; seed++) {
    const random = makeRandom(seed)
    const world = new World()
    const database = new Database()
    const nodes = ['a', 'b', 'c'].map((id) => new Node(id, { world, database, random }))
    for (const node of nodes) node.endConnections = async () => void (database.lock = undefined)
    for (let round = 0; round < 12; round++) {
      const node = nodes[Math.floor(random() * nodes.length)]
      node?.pause()
      await world.runUntil(world.now + 15_000)
      node?.goOn()
    }
    if (database.writes.some((term, at) => term < (database.writes[at - 1] ?? 0))) found.add(seed)
    for (const node of nodes) node.isDead = true
  }
  assert.equal(found.size, 1)
})

/** A daemon alone with a database that says what the test wants, at a time of the test. */
function alone(resign: () => Promise<void> = async () => {}): {
  election: Election
  /** What the office was asked. */
  did: string[]
  /** The terms in which signs of life were given. */
  beats: (number | undefined)[]
  world: { now: number; isAway: boolean; term: number }
  turn: () => Promise<void>
} {
  const world = { now: 0, isAway: false, term: 1 }
  const beats: (number | undefined)[] = []
  const standing = { leader: 'a', isReady: false, age: 0, isConnected: false, address: undefined }
  const table: ClusterTable = {
    beat: async (_, { term }) => {
      beats.push(term)
      if (world.isAway) throw new Away()
      return { ...standing, term: world.term, isReleased: term === undefined && world.term === 1 }
    },
    begin: async () => world.term,
    endConnections: async () => {},
    release: async () => {},
    leave: async () => {},
  }
  const did: string[] = []
  const office: Office = {
    lead: async () => void did.push('lead'),
    silence: () => void did.push('silence'),
    resign: async () => {
      did.push('resign')
      await resign()
    },
    follow: () => {},
    failed: () => true,
    connections: 0,
  }
  const member = { id: 'a', name: 'a', address: 'a:1', version: '1', fingerprint: '' }
  const election = new Election({ table, member, office, log: silentLog, now: () => world.now })
  const turn = async (): Promise<void> => {
    await election.turn()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { election, did, beats, world, turn }
}

test('a leader that hears nothing from the database ends what it does after a minute, and leads again when it is back', async () => {
  const { election, did, world, turn } = alone()
  await turn()
  assert.deepEqual(did, ['lead'])
  world.isAway = true
  for (; world.now < 59_000; world.now += 1_000) {
    await turn()
    assert.equal(election.mayTell(), true)
  }
  assert.deepEqual([did, election.isReady], [['lead'], true])
  for (; world.now < 61_000; world.now += 1_000) await turn()
  assert.deepEqual([did, election.isReady, election.mayTell()], [['lead', 'silence', 'resign'], false, false])
  world.isAway = false
  await turn()
  assert.deepEqual(did, ['lead', 'silence', 'resign', 'lead'])
})

test('a leader that was paused tells nothing of what it knows until the database said that it still leads', async () => {
  const { election, did, world, turn } = alone()
  await turn()
  assert.equal(election.mayTell(), true)
  for (const [isAway, term, expected] of [
    [false, 1, true],
    [true, 1, true],
    [false, 2, false],
  ] as const) {
    world.now += 20_000
    Object.assign(world, { isAway, term })
    const answer = election.mayTell()
    assert.equal(typeof answer, 'object', 'it answers before it asks')
    await turn()
    assert.equal(await answer, expected)
    assert.equal(election.mayTell(), expected)
  }
  assert.deepEqual(did, ['lead', 'silence', 'resign'])
})

test('a leader that ends gives signs of life until all has ended', async () => {
  let end = (): void => {}
  const { election, did, beats, turn } = alone(() => new Promise((resolve) => (end = resolve)))
  await turn()
  await turn()
  const stopped = election.stop()
  await turn()
  assert.deepEqual(
    [did, beats],
    [
      ['lead', 'resign'],
      [undefined, 1, 1],
    ],
  )
  end()
  await stopped
  assert.equal(election.term, undefined)
})
