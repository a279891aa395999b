/** Several daemons on one PostgreSQL database, each a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { PostgresCluster, type KnownMember } from '../../src/database/postgres/cluster-table.ts'
import { createCaller, startLab, type Caller, type Lab } from './lab.ts'
import { waitFor } from './waiting.ts'

const PROGRAM = fileURLToPath(new URL('cluster-member.js', import.meta.url))

export interface ClusterMember {
  readonly child: ChildProcess
  /** As a lab: with its address and port. */
  readonly at: Lab
  as(key: string): Caller
}

export interface Cluster {
  /** As it was before the daemons started; it has stopped. */
  readonly lab: Lab
  readonly members: ClusterMember[]
  /** Starts one more. */
  add(): Promise<ClusterMember>
  leader(): Promise<ClusterMember>
  /** Those that pass on. */
  others(): Promise<ClusterMember[]>
  status(): Promise<KnownMember[]>
}

export interface ClusterOptions {
  /** Of an empty database. */
  readonly url: string
  readonly count: number
  /** Makes what the lab has before the daemons start. */
  readonly prepare: (lab: Lab) => Promise<void>
  /** Of each daemon. */
  readonly settings?: Readonly<Record<string, unknown>>
}

export async function startCluster(t: TestContext, { url, count, prepare, settings = {} }: ClusterOptions): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-cluster-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const lab = await startLab(t, { folder: join(folder, 'first'), settings: { DATABASE_URI: url } })
  await prepare(lab)
  await lab.stop()
  const table = await PostgresCluster.load(url, 'test')
  t.after(() => table.close())
  const members: ClusterMember[] = []
  const add = async (): Promise<ClusterMember> => {
    const child = spawn(process.execPath, [PROGRAM, await mkdtemp(join(folder, 'member-')), url, JSON.stringify(settings)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let complaints = ''
    child.stderr.on('data', (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-4_000)))
    t.after(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    })
    const [line] = (await Promise.race([
      once(createInterface(child.stdout), 'line'),
      once(child, 'exit').then(() => Promise.reject(new Error(`a member of the cluster ended: ${complaints}`))),
    ])) as [string]
    const place = JSON.parse(line) as { url: string; mqttPort: number }
    const at = { ...lab, ...createCaller(place.url, lab.key), url: place.url, daemon: { ...lab.daemon, ...place } }
    const member = { child, at, as: (key: string) => createCaller(place.url, key) }
    members.push(member)
    return member
  }
  for (let n = 0; n < count; n++) await add()
  const status = (): Promise<KnownMember[]> => table.members()
  const isAlive = ({ child }: ClusterMember): boolean => child.exitCode === null && child.signalCode === null
  const findLeader = async (): Promise<ClusterMember | undefined> => {
    const known = (await status().catch(() => [])).find(({ leads, isReady, seen }) => leads && isReady && seen < 2)
    return members.find((member) => isAlive(member) && known?.name.endsWith(`:${member.child.pid}`))
  }
  const leader = (): Promise<ClusterMember> => waitFor('a daemon leads', findLeader)
  return {
    lab,
    members,
    add,
    leader,
    others: async () => {
      const leading = await leader()
      return members.filter((member) => isAlive(member) && member !== leading)
    },
    status,
  }
}
