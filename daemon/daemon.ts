/** The only place that constructs the daemon's parts: a list, started in its order and stopped in reverse. */
import type { Clock } from '../src/base/clock.ts'
import type { Log } from '../src/base/log.ts'
import { Turns } from '../src/base/turns.ts'
import type { Context } from '../src/context.ts'
import { openContext, type OpenContext } from '../src/open-context.ts'
import type { OpenEngine } from '../src/open-engine.ts'
import type { Acquaintance } from '../src/resources/lab-identity.ts'
import { yieldLab, type Successor } from '../src/resources/lab-standing.ts'
import type { Settings } from '../src/settings/settings.ts'
import { checkStanding } from '../src/standby/peer-watch.ts'
import { ClockWatch } from '../src/watching/clock-watch.ts'
import { countControllers } from '../src/watching/watchdog.ts'
import { createApp } from './http/app.ts'
import { createRoutes } from './http/routes.ts'
import { HttpServer } from './http/server.ts'
import { LoopWatch } from './loop-watch.ts'
import { Metrics } from './metrics.ts'
import { AnswerMemory } from './replies/answer-memory.ts'
import { UnreadAnswers } from './replies/unread-answers.ts'
import { MqttTransport } from './mqtt/transport.ts'
import { NotificationMetrics } from './notification-metrics.ts'
import { Parts, Together, type Part } from './parts.ts'
import type { Entrance } from './requests/entrance.ts'
import { SharedMemory } from './requests/shared-memory.ts'
import { Strangers } from './requests/strangers.ts'
import type { Upgrade } from './requests/upgrades.ts'
import { SystemdNotice } from './systemd.ts'
import { MarkdownRenderer } from './web/markdown-renderer.ts'
import { mountWeb } from './web/web.ts'
import { WebSocketTransport } from './websocket/websocket.ts'
import { AlertsWorker } from './workers/alerts.ts'
import { makeAuditWriter } from './workers/audit-writer.ts'
import { Backups } from './workers/backups.ts'
import { makeCertificateWatch } from './workers/certificate-watch.ts'
import { checkDamage, DamageAlarm } from './workers/damage-alarm.ts'
import { LocalName } from './workers/local-name.ts'
import { makeExtensions } from './workers/extensions.ts'
import { makeExpiry } from './workers/expiry.ts'
import { makeKeyUseWriter } from './workers/key-use-writer.ts'
import { LivenessWriter } from './workers/liveness-writer.ts'
import { MessageSender } from './workers/message-sender.ts'
import { OrphanRemoval } from './workers/orphan-removal.ts'
import { NameIndexer } from './workers/name-indexer.ts'
import { makePurge } from './workers/purge.ts'
import { makeShrinking } from './workers/shrinking.ts'
import { PeerWatch } from './workers/standby.ts'
import { makeSessionExpiry } from './workers/session-expiry.ts'
import { Statistics } from './workers/statistics.ts'
import { makeThrottleWriter } from './workers/throttle-writer.ts'
import { makeQuotaAlarms } from './workers/quota-alarms.ts'
import { makeStorageWatch } from './workers/storage-watch.ts'
import { checkWaiting, makeWaitingUploads } from './workers/waiting-uploads.ts'
import { Truncation } from './workers/truncation.ts'
import { ClockWatcher, makeWatchdog } from './workers/watchers.ts'

/** Bodies of the greatest size that may lie in memory at a time, of all callers who have said who they are. */
const BODIES_AT_A_TIME = 4
/** Milliseconds of the event loop, in each of its turns, for the messages of all long connections whose callers are known. */
const MESSAGES_MS = 16

export interface DaemonOptions {
  readonly clock: Clock
  readonly log: Log
  /** Nothing can be stored any more; the process should end. */
  readonly onFatal?: (error: Error) => void
  /** Callers who have not said who they are crowd it, or no longer do. */
  readonly onCrowd?: ((isCrowded: boolean) => void) | undefined
  /** How well the settings must know the database; undefined: any is taken, and a missing one is made. */
  readonly acquaintance?: Acquaintance
  /** Serves what is there and changes nothing. */
  readonly isReadOnly?: boolean
  /** Another machine writes the database, as this one is its standby. */
  readonly isFollowed?: boolean
  /** The server that has taken this lab over. */
  readonly successor?: Successor | undefined
  /** Asked when it stops: this process serves on, with another daemon. */
  readonly goesOn?: () => boolean
  /** Parts beside the daemon's own: they start when its workers run and before it listens. */
  readonly extend?: (ctx: Context, metrics: Metrics) => readonly Part[]
  /** In place of the engine that the setting DATABASE_URI names. */
  readonly openEngine?: OpenEngine | undefined
  /** In place of the setting MQTT_TCP_PORT, of which 0 means none: here it takes any free one. For tests. */
  readonly mqttTcpPort?: number | undefined
  /** In place of the ports of the settings: connections come by it. */
  readonly entrance?: Entrance | undefined
  /** What starts and stops the parts. For tests. */
  readonly parts?: Parts
}

export interface Daemon {
  /**
   * Opens the database and listens; leaves nothing open when that fails.
   * @throws Fault when the port is taken or the database can't be opened
   */
  start(): Promise<void>
  /** Tells clients, finishes what was received, and leaves no open handle. */
  stop(): Promise<void>
  /** Reads again what is kept in memory, after another program changed the database. */
  reload(): Promise<void>
  /** Does now what the daemon otherwise does from time to time: looks at the clock, for silent controllers, for what is to be purged. */
  runWorkers(): Promise<void>
  /** Where it listens: `http://127.0.0.1:5000`. */
  readonly url: string
  /** The TCP port of MQTT; undefined when there is none. */
  readonly mqttPort: number | undefined
  readonly context: Context
  readonly metrics: Metrics
}

export function createDaemon(settings: Settings, options: DaemonOptions): Daemon {
  const metrics = new Metrics()
  const parts = options.parts ?? new Parts(options.log)
  const data = new Data(settings, options, metrics)
  let assembly: Assembly | undefined

  const reload = async (): Promise<void> => {
    if (!assembly) return
    const { tree, db, keys, log } = data.ctx
    await tree.load(db)
    keys.clear()
    assembly.mqtt.reload()
    assembly.server.reloadCertificate()
    log.info({}, 'read resources and members again')
  }
  return {
    start: async () => {
      try {
        await parts.orStop(async () => {
          await parts.start(data)
          // Throws too: settings that do not go together show when the parts are made.
          assembly = assemble(data.ctx, metrics, options)
          for (const part of assembly.parts) await parts.start(part)
          data.ctx.engine.others?.onChange(() => {
            reload().catch((error: unknown) => options.log.error({ err: error }, 'could not read the database again'))
          })
          options.log.info({ url: assembly.server.url }, 'listening')
        })
      } catch (error) {
        throw data.explain(error)
      }
    },
    stop: () => parts.stop(),
    reload,
    runWorkers: async () => {
      for (const worker of assembly?.periodic ?? []) await worker.run()
      await assembly?.mqtt.runWorkers()
    },
    get url() {
      return assembly?.server.url ?? ''
    },
    get mqttPort() {
      return assembly?.mqtt.tcpPort
    },
    get context() {
      return data.ctx
    },
    metrics,
  }
}

/** What everything else stands on. */
class Data implements Part {
  readonly #settings: Settings
  readonly #options: DaemonOptions
  readonly #metrics: Metrics
  #opened: OpenContext | undefined

  constructor(settings: Settings, options: DaemonOptions, metrics: Metrics) {
    this.#settings = settings
    this.#options = options
    this.#metrics = metrics
  }

  /** What a part that read the database met there, in words. */
  explain(error: unknown): unknown {
    return this.#opened ? this.#opened.ctx.engine.explain(error) : error
  }

  get ctx(): Context {
    if (!this.#opened) throw new Error('the daemon was not started')
    return this.#opened.ctx
  }

  async start(): Promise<void> {
    const { clock, log, onFatal, openEngine, acquaintance, isReadOnly, isFollowed, successor } = this.#options
    this.#opened = await openContext(this.#settings, {
      clock,
      log,
      observer: this.#metrics,
      isDaemon: true,
      ...(onFatal ? { onFatal } : {}),
      ...(openEngine ? { openEngine } : {}),
      ...(acquaintance ? { acquaintance } : {}),
      ...(isReadOnly ? { isReadOnly } : {}),
      ...(isFollowed ? { isFollowed } : {}),
    })
    if (successor) yieldLab(this.#opened.ctx, successor)
    if (this.#settings.ignored.length > 0) log.warn({ settings: this.#settings.ignored }, 'settings of old that mean nothing here')
  }

  async stop(): Promise<void> {
    await this.#opened?.close()
  }
}

interface Assembly {
  /** In the order in which they start. */
  readonly parts: readonly Part[]
  /** What is done from time to time, in the order in which it is done when it is asked for at once. */
  readonly periodic: readonly { run(): Promise<void> }[]
  readonly mqtt: MqttTransport
  readonly server: HttpServer
}

function assemble(ctx: Context, metrics: Metrics, { extend, mqttTcpPort, goesOn, entrance, onCrowd }: DaemonOptions): Assembly {
  const { settings, hub, log } = ctx
  if (settings.DEBUG_MESSAGING)
    hub.onMessage = ({ folderId, type }, deliveries) => log.info({ folder: folderId, type, deliveries }, 'message')

  const clockWatch = new ClockWatch(ctx)
  const alerts = new AlertsWorker(ctx, clockWatch)
  metrics.watch(() => ({ controllers: countControllers(ctx), alerts: alerts.count() }))
  metrics.watchStorage(ctx)
  const orphans = new OrphanRemoval(ctx)
  metrics.checks.set('values', () => ctx.sequences.condition())
  if (ctx.storage.waiting?.()) metrics.checks.set('bucket', () => checkWaiting(ctx))
  metrics.checks.set('lab', () => checkStanding(ctx))
  metrics.checks.set('tables', () => checkDamage(ctx))
  const periodic = [
    makeStorageWatch(ctx),
    new ClockWatcher(ctx, clockWatch),
    makeWatchdog(ctx, clockWatch),
    alerts,
    makeExpiry(ctx),
    makePurge(ctx),
    makeShrinking(ctx),
    new NameIndexer(ctx),
    makeThrottleWriter(ctx),
    makeAuditWriter(ctx),
    makeKeyUseWriter(ctx),
    new Backups(ctx, metrics),
    ...(ctx.storage.waiting?.() ? [makeWaitingUploads(ctx)] : []),
  ]
  const peers = new PeerWatch(ctx)

  const strangers = new Strangers(settings, { onCrowd })
  metrics.watchStrangers(() => ({ bytes: strangers.memory.held, connections: strangers.sockets.size }))
  const loop = new LoopWatch({ log, onHeld: (route, milliseconds) => metrics.held(route, milliseconds) })
  const bodies = new SharedMemory({ sum: BODIES_AT_A_TIME * settings.MAX_BODY_SIZE })
  const messageTurns = new Turns({ longest: MESSAGES_MS, areMany: true })
  const answers = new UnreadAnswers({ memory: AnswerMemory.for(settings), log })
  metrics.watchAnswers(() => answers.memory.held)
  const desk = { metrics, strangers, bodies, answers, messageTurns, loop }
  const app = createApp(ctx, createRoutes(metrics), desk)
  const markdown = new MarkdownRenderer()
  mountWeb(app, ctx, desk, markdown)
  const websocket = new WebSocketTransport(ctx, desk)
  const mqtt = new MqttTransport(ctx, desk, { tcpPort: mqttTcpPort, entrance })
  const upgradeToWebSocket: Upgrade = (incoming, socket, head) => websocket.upgrade(incoming, socket, head)
  const upgradeToMqtt: Upgrade = (incoming, socket, head) => mqtt.upgrade(incoming, socket, head)
  const server = new HttpServer(ctx, {
    strangers,
    entrance,
    fetch: app.fetch,
    upgrades: {
      '/api/v1/websocket': upgradeToWebSocket,
      '/api/v1/connectWebSocket': upgradeToWebSocket,
      // A broker keeps what its clients entrust to it.
      ...(ctx.engine.isReadOnly ? {} : { '/mqtt': upgradeToMqtt }),
    },
  })

  const certificates = makeCertificateWatch(ctx, () => {
    server.reloadCertificate()
    mqtt.reload()
  })
  if (ctx.engine.isReadOnly)
    return {
      parts: [
        new Statistics(ctx, metrics),
        certificates,
        markdown,
        loop,
        ...(extend?.(ctx, metrics) ?? []),
        new Together(websocket, server),
        new SystemdNotice(log, goesOn),
      ],
      periodic: [certificates],
      mqtt,
      server,
    }
  return {
    parts: [
      peers,
      new LivenessWriter(ctx),
      makeSessionExpiry(ctx),
      new Truncation(ctx),
      orphans,
      new Statistics(ctx, metrics),
      new NotificationMetrics(ctx, metrics),
      makeQuotaAlarms(ctx),
      new MessageSender(ctx),
      new DamageAlarm(ctx),
      markdown,
      loop,
      ...periodic,
      certificates,
      makeExtensions(ctx, loop),
      ...(extend?.(ctx, metrics) ?? []),
      // Connections of both transports are the server's too: it is closed when they have ended theirs.
      new Together(mqtt, websocket, server),
      new LocalName(ctx),
      new SystemdNotice(log, goesOn),
    ],
    periodic: [...periodic, certificates, orphans, peers],
    mqtt,
    server,
  }
}
