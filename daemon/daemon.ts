/** The only place that constructs the daemon's parts: `start` makes them act, `stop` undoes it in reverse. */
import { createAdaptorServer } from '@hono/node-server'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../src/base/clock.ts'
import type { Context } from '../src/context.ts'
import { Fault } from '../src/base/fault.ts'
import type { Log } from '../src/base/log.ts'
import { openContext } from '../src/open-context.ts'
import type { OpenEngine } from '../src/open-engine.ts'
import { quote } from '../src/base/path.ts'
import type { Settings } from '../src/settings/settings.ts'
import { countControllers } from '../src/watching/watchdog.ts'
import { createApp } from './http/app.ts'
import { createRoutes } from './http/routes.ts'
import { Metrics } from './metrics.ts'
import { MqttTransport } from './mqtt/transport.ts'
import { countNotifications } from './notification-metrics.ts'
import { routeUpgrades, type Upgrade } from './requests/upgrades.ts'
import { mountWeb } from './web/web.ts'
import { WebSocketTransport } from './websocket/websocket.ts'
import { startLivenessWriter } from './workers/liveness-writer.ts'
import { startMessageSender } from './workers/message-sender.ts'
import { startOrphanRemoval } from './workers/orphan-removal.ts'
import { startPeriodicWorkers, type PeriodicWorkers } from './workers/periodic-workers.ts'
import { startStatistics } from './workers/statistics.ts'
import { startSessionExpiry } from './workers/session-expiry.ts'
import { startTruncation } from './workers/truncation.ts'

export interface DaemonOptions {
  readonly clock: Clock
  readonly log: Log
  /** Nothing can be stored any more; the process should end. */
  readonly onFatal?: (error: Error) => void
  /** In place of the engine that the setting DATABASE_URI names. */
  readonly openEngine?: OpenEngine | undefined
  /** In place of the setting MQTT_TCP_PORT, of which 0 means none: here it takes any free port. For tests. */
  readonly mqttTcpPort?: number | undefined
}

export interface Daemon {
  /** Opens the database and listens. @throws Fault when the port is taken or the database can't be opened */
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

type Stop = () => Promise<void> | void

export function createDaemon(settings: Settings, options: DaemonOptions): Daemon {
  const { clock, log } = options
  const metrics = new Metrics()
  const stops: Stop[] = []
  let context: Context | undefined
  let workers: PeriodicWorkers | undefined
  let url = ''
  let mqttPort: number | undefined
  let mqttTransport: MqttTransport | undefined

  async function start(): Promise<void> {
    try {
      const opened = await openContext(settings, {
        clock,
        log,
        observer: metrics,
        isDaemon: true,
        ...(options.onFatal ? { onFatal: options.onFatal } : {}),
        ...(options.openEngine ? { openEngine: options.openEngine } : {}),
      })
      stops.push(() => opened.close())
      const ctx = opened.ctx
      context = ctx
      if (settings.ignored.length > 0) log.warn({ settings: settings.ignored }, 'settings of old that mean nothing here')
      if (settings.DEBUG_MESSAGING)
        ctx.hub.onMessage = ({ folder, type }, deliveries) => log.info({ folder: folder.id, type, deliveries }, 'message')
      stops.push(await startLivenessWriter(ctx), startSessionExpiry(ctx), startTruncation(ctx), await startOrphanRemoval(ctx))
      stops.push(startStatistics(ctx, metrics))
      stops.push(countNotifications(ctx, metrics), await startMessageSender(ctx))
      const periodic = startPeriodicWorkers(ctx)
      workers = periodic
      metrics.watch(() => ({ controllers: countControllers(ctx), alerts: periodic.countAlerts() }))
      stops.push(() => periodic.stop())
      const app = createApp(ctx, createRoutes(metrics), metrics)
      mountWeb(app, ctx, metrics)
      const server = createAdaptorServer({ fetch: app.fetch }) as Server
      limitTimes(server)
      const websocket = new WebSocketTransport(ctx, metrics)
      const upgrade: Upgrade = (incoming, socket, head) => websocket.upgrade(incoming, socket, head)
      const mqtt = new MqttTransport(ctx, metrics, { tcpPort: options.mqttTcpPort })
      routeUpgrades(server, {
        '/api/v1/websocket': upgrade,
        '/api/v1/connectWebSocket': upgrade,
        '/mqtt': (incoming, socket, head) => mqtt.upgrade(incoming, socket, head),
      })
      await mqtt.start()
      stops.push(() => mqtt.stop())
      mqttTransport = mqtt
      url = await listen(server, settings)
      mqttPort = mqtt.tcpPort
      websocket.start()
      stops.push(async () => void (await Promise.all([closeServer(server, settings.SHUTDOWN_TIMEOUT), websocket.stop(), mqtt.stop()])))
      log.info({ url }, 'listening')
    } catch (error) {
      await stop()
      throw error
    }
  }

  async function stop(): Promise<void> {
    for (let undo = stops.pop(); undo; undo = stops.pop()) await undo()
  }

  return {
    start,
    stop,
    reload: async () => {
      if (!context) return
      await context.tree.load(context.db)
      context.keys.clear()
      mqttTransport?.reload()
      log.info({}, 'read resources and members again')
    },
    runWorkers: async () => {
      await workers?.run()
      await mqttTransport?.runWorkers()
    },
    get url() {
      return url
    },
    get mqttPort() {
      return mqttPort
    },
    get context() {
      if (!context) throw new Error('the daemon was not started')
      return context
    },
    metrics,
  }
}

/** A client that dawdles must not hold a connection for ever; an upload of a gigabyte over a slow line may take its time. */
function limitTimes(server: Server): void {
  server.headersTimeout = 20_000
  server.requestTimeout = 3_600_000
  server.keepAliveTimeout = 75_000
  server.maxHeadersCount = 100
}

async function listen(server: Server, settings: Settings): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        reject(
          new Fault(
            'conflict',
            `Port ${settings.PORT} on ${settings.LISTEN_ADDRESS} is taken. Stop what uses it, or choose another with the setting PORT.`,
          ),
        )
      else if (error.code === 'EACCES')
        reject(
          new Fault(
            'invalid',
            `The setting PORT is ${settings.PORT}, which this user may not listen on; allowed: usually those from 1024.`,
          ),
        )
      else
        reject(
          new Fault(
            'invalid',
            `The setting LISTEN_ADDRESS is ${quote(settings.LISTEN_ADDRESS)}, where this machine can't listen ` +
              `(${error.code ?? error.message}); allowed: an address of this machine, such as 127.0.0.1 or 0.0.0.0.`,
          ),
        )
    })
    server.listen(settings.PORT, settings.LISTEN_ADDRESS, resolve)
  })
  const { address, port, family } = server.address() as AddressInfo
  // Addresses that stand for all of the machine's are none to go to.
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  return `http://${family === 'IPv6' ? `[${host}]` : host}:${port}`
}

/** Lets requests under way end, for at most `seconds`. */
async function closeServer(server: Server, seconds: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), seconds * 1000)
  await closed
  clearTimeout(timer)
}
