/**
 * A daemon that shares its database with others (docs/cluster.md): its ports are open from its start to its stop. While it leads, there
 * is a whole daemon behind them; while another does, what comes in is passed on to that one.
 */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '../src/base/clock.ts'
import { Fault, invalid } from '../src/base/fault.ts'
import type { Log } from '../src/base/log.ts'
import { VERSION } from '../src/base/version.ts'
import { applicationOf, fenceOf, PostgresCluster } from '../src/database/postgres/cluster-table.ts'
import { BEAT_MS, Election, type Leader, type Member, type Office } from '../src/database/postgres/election.ts'
import { openPostgresEngine } from '../src/open-postgres-engine.ts'
import type { Acquaintance } from '../src/resources/lab-identity.ts'
import { clusterSecret, requireClusterSettings } from '../src/settings/cluster.ts'
import type { Settings } from '../src/settings/settings.ts'
import { FolderStorage } from '../src/storage/files/folder-storage.ts'
import { Front } from './cluster/front.ts'
import { createDaemon, type Daemon } from './daemon.ts'
import { DEFAULT_TCP_PORT } from './mqtt/listeners.ts'
import { Parts, type Part } from './parts.ts'
import { SystemdNotice } from './systemd.ts'

export interface ClusterDaemonOptions {
  readonly clock: Clock
  readonly log: Log
  readonly acquaintance?: Acquaintance
  /** It can never lead as it is set up; the process should end. */
  readonly onFatal: (error: Error) => void
  /** Callers who have not said who they are crowd it, or no longer do. */
  readonly onCrowd?: (isCrowded: boolean) => void
  /** It leads, and serves. */
  readonly onLead?: (daemon: Daemon) => Promise<void>
  /** In place of the setting MQTT_TCP_PORT; 0 takes any free one. For tests. */
  readonly mqttTcpPort?: number
}

export class ClusterDaemon implements Office {
  readonly #settings: Settings
  readonly #options: ClusterDaemonOptions
  readonly #parts: Parts
  readonly #id = randomBytes(8).toString('hex')
  #front: Front | undefined
  #election: Election | undefined
  #daemon: Daemon | undefined
  #leader: Leader | undefined
  readonly #stop = new AbortController()
  #beats: Promise<void> | undefined

  constructor(settings: Settings, options: ClusterDaemonOptions) {
    this.#settings = settings
    this.#options = options
    this.#parts = new Parts(options.log)
  }

  /** Where it listens: `http://127.0.0.1:5000`; '' before it does. */
  get url(): string {
    const { LISTEN_ADDRESS: address } = this.#settings
    const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '[::1]' : address.includes(':') ? `[${address}]` : address
    return this.#front ? `http://${host}:${this.#front.portOf('http')}` : ''
  }

  get mqttPort(): number | undefined {
    return this.#front?.portOf('mqtt')
  }

  /** Callers who have not said who they are crowd it, or no longer do. */
  readonly onCrowd?: (isCrowded: boolean) => void
  /** It leads, and serves. */
  get leads(): boolean {
    return this.#election?.isReady === true
  }

  /** It knows who leads, be it itself. */
  get hasLeader(): boolean {
    return this.leads || this.#leader !== undefined
  }

  /** How many clients are connected to its ports. */
  get connections(): number {
    return this.#front?.connections ?? 0
  }

  /** The daemon that serves, while this one leads. */
  get daemon(): Daemon | undefined {
    return this.#daemon
  }

  /**
   * Opens the ports, and takes part.
   * @throws Fault invalid when the settings don't allow it, or the database can't be reached; conflict when a port is taken
   */
  async start(): Promise<void> {
    requireClusterSettings(this.#settings)
    await this.#requireEmptyFolder()
    const { log } = this.#options
    const table = await PostgresCluster.load(this.#settings.DATABASE_URI, this.#id)
    const fingerprint = clusterSecret(this.#settings, 'fingerprint')
    await this.#parts.orStop(async () => {
      await this.#parts.start({ start: () => table.prepare(fingerprint), stop: () => table.close() })
      const front = (this.#front = this.#makeFront(await innerOf(this.#settings, table)))
      await this.#parts.start(front)
      const name = `${hostname()}:${process.pid}`
      const member: Member = { id: this.#id, name, address: front.innerAddress, version: VERSION, fingerprint }
      await this.#parts.start(this.#takePart(member, table))
      await this.#parts.start(new SystemdNotice(log))
      log.info({ url: this.url, cluster: front.innerAddress }, 'listening, as one of several daemons')
    })
  }

  /** When it leads, ends what it does as a daemon does, and gives the lead back. */
  stop(): Promise<void> {
    return this.#parts.stop()
  }

  /** Reads again what is kept in memory. */
  async reload(): Promise<void> {
    await this.#daemon?.reload()
  }

  // ---- As the election asks for it

  async lead(term: number): Promise<void> {
    const { clock, log, acquaintance, mqttTcpPort, onLead, onCrowd } = this.#options
    this.follow(undefined)
    const lead = { application: applicationOf(this.#id), fence: fenceOf(this.#id, term) }
    const daemon = (this.#daemon = createDaemon(this.#settings, {
      clock,
      log,
      ...(acquaintance ? { acquaintance } : {}),
      onFatal: (error) => {
        log.error({ err: error }, 'this daemon can not go on as the leader')
        this.#election?.lose(term)
      },
      openEngine: (settings, options) => openPostgresEngine(settings, options, lead),
      entrance: this.#front,
      goesOn: () => true,
      mqttTcpPort,
      onCrowd,
    }))
    await daemon.start()
    await onLead?.(daemon)
  }

  silence(): void {
    this.#front?.cut()
  }

  async resign(): Promise<void> {
    const daemon = this.#daemon
    this.#daemon = undefined
    await daemon?.stop()
  }

  follow(leader: Leader | undefined): void {
    this.#leader = leader
    this.#front?.follow(leader?.address)
  }

  failed(error: unknown): boolean {
    const { log, onFatal } = this.#options
    log.error({ err: error }, 'this daemon could not begin to lead')
    const isForGood = error instanceof Fault && error.code === 'invalid'
    if (isForGood) onFatal(error)
    return !isForGood
  }

  #takePart(member: Member, table: PostgresCluster): Part {
    const { log } = this.#options
    const election = (this.#election = new Election({ table, member, office: this, log, now: () => performance.now() }))
    const { signal } = this.#stop
    const beat = async (): Promise<void> => {
      while (!signal.aborted) {
        await election.turn()
        await pause(BEAT_MS, undefined, { signal }).catch(() => {})
      }
    }
    return {
      start: async () => void (this.#beats = beat()),
      stop: async () => {
        // Clients that come now find another daemon.
        this.#front?.stopListening()
        // Signs of life go on until all has ended: nobody else begins before.
        await election.stop()
        this.#stop.abort()
        await this.#beats
      },
    }
  }

  #makeFront(inner: { host: string; port: number }): Front {
    const { log, mqttTcpPort } = this.#options
    const { LISTEN_ADDRESS, PORT, MQTT_EMBEDDED, MQTT_TCP_PORT, MAX_CONNECTIONS } = this.#settings
    const asked = mqttTcpPort ?? (MQTT_TCP_PORT === 0 ? undefined : (MQTT_TCP_PORT ?? DEFAULT_TCP_PORT))
    return new Front({
      log,
      secret: clusterSecret(this.#settings, 'link'),
      listenAddress: LISTEN_ADDRESS,
      httpPort: PORT,
      mqttPort: MQTT_EMBEDDED ? asked : undefined,
      inner,
      mayAnswer: () => this.#election?.mayTell() ?? false,
      mostConnections: 2 * MAX_CONNECTIONS,
    })
  }

  /** @throws Fault invalid when there are contents that the other daemons could not read */
  async #requireEmptyFolder(): Promise<void> {
    const { storageFolder } = this.#settings
    const { pieces } = await new FolderStorage(storageFolder).survey()
    if (pieces.length > 0)
      throw invalid(
        `The storage folder ${storageFolder} holds ${pieces.length} contents of large files, which the other daemons can't read. ` +
          'Start without CLUSTER, move them with "rhizo storage move --to s3" or "--to database", and then set CLUSTER.',
      )
  }
}

/** Where the other daemons reach this one. */
async function innerOf({ CLUSTER_ADDRESS }: Settings, table: PostgresCluster): Promise<{ host: string; port: number }> {
  if (CLUSTER_ADDRESS === undefined) return { host: await table.ownAddress(), port: 0 }
  const [, host = '', port = '0'] = /^(?:\[(?=.*\]))?([^\]]+?)\]?(?::(\d+))?$/.exec(CLUSTER_ADDRESS) ?? []
  return { host, port: Number(port) }
}
