/** Metrics for Prometheus at /metrics. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { Check } from '../src/housekeeping/health.ts'
import type { Context } from '../src/context.ts'
import type { Observer } from '../src/base/store-observer.ts'

/** Of the library: gauges under the names of counters, which programs that check metrics complain of. */
const NO_COUNTERS = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

/** Counts of one transport. They are plain numbers, since they change with each message; they are read when /metrics is requested. */
export interface TransportCounts {
  /** Open connections. */
  connections: number
  /** Messages from clients. */
  received: number
  /** Messages to subscribers; then those dropped, and values replaced by newer ones, because the subscriber was slow. */
  sent: number
  dropped: number
  collapsed: number
}

/** Counts since the start, and the number of open connections. */
export interface Totals {
  readonly values: number
  readonly requests: number
  readonly messages: number
  readonly connections: number
}

export interface WatchCounts {
  controllers: Readonly<Record<'all' | 'connected' | 'watched' | 'silent', number>>
  alerts: Readonly<Record<'all' | 'active', number>>
}

export class Metrics implements Observer {
  readonly registry = new Registry()
  readonly #values = new Counter({ name: 'rhizo_values_stored_total', help: 'Sequence values committed.', registers: [this.registry] })
  readonly #commits = new Histogram({
    name: 'rhizo_commit_seconds',
    help: 'Time of group commits of sequence values.',
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5],
    registers: [this.registry],
  })
  readonly #batches = new Histogram({
    name: 'rhizo_commit_values',
    help: 'Sequence values in a group commit.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 500, 1_000, 5_000, 10_000],
    registers: [this.registry],
  })
  readonly #queue = new Gauge({ name: 'rhizo_queue_values', help: 'Sequence values waiting for the writer.', registers: [this.registry] })
  readonly #sealings = new Histogram({
    name: 'rhizo_sealing_seconds',
    help: 'Time of moving committed values into compressed blocks.',
    buckets: [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30],
    registers: [this.registry],
  })
  readonly #failedCommits = new Counter({
    name: 'rhizo_commits_failed_total',
    help: 'Group commits of sequence values that failed; nothing of them was stored.',
    registers: [this.registry],
  })
  readonly #failedSealings = new Counter({
    name: 'rhizo_sealings_failed_total',
    help: 'Sealings that failed, for some sequences or for all; the values stay in the journal.',
    registers: [this.registry],
  })
  readonly #refused = new Counter({
    name: 'rhizo_values_refused_total',
    help: 'Sequence values refused because the store has no room for them.',
    registers: [this.registry],
  })
  readonly #damages = new Counter({
    name: 'rhizo_damages_total',
    help: 'Damaged blocks of values, journal records and contents of files that were found.',
    labelNames: ['what'],
    registers: [this.registry],
  })
  readonly #requests = new Histogram({
    name: 'rhizo_http_request_seconds',
    help: 'Time of HTTP requests by route, method and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    registers: [this.registry],
  })
  readonly #held = new Histogram({
    name: 'rhizo_loop_held_seconds',
    help: 'Times for which the event loop was held at one stretch for 10 ms and more, by the route that did it; others wait meanwhile.',
    labelNames: ['route'],
    buckets: [0.02, 0.05, 0.1, 0.2, 0.5, 1, 5],
    registers: [this.registry],
  })
  /** States of parts that may fail while the rest works, for /health; by their names. */
  readonly parts = new Map<string, () => string>()
  /** What /health also tells, by name. */
  readonly facts = new Map<string, () => number | string | undefined>()
  /** What /health also asks, by name. */
  readonly checks = new Map<string, () => Check>()
  /** By transport. */
  readonly #transports = new Map<string, TransportCounts>()
  /** Children of the request histogram by their labels: a lookup by text is cheaper than by an object. */
  readonly #children = new Map<string, { observe(seconds: number): void }>()
  #stored = 0
  #answered = 0

  constructor() {
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: 10 })
    for (const name of NO_COUNTERS) this.registry.removeSingleMetric(name)
    const transports = this.#transports
    const collectFrom = (count: keyof TransportCounts): ((this: Counter | Gauge) => void) =>
      function collect() {
        this.reset()
        for (const [transport, counts] of transports) this.inc({ transport }, counts[count])
      }
    const shared = { labelNames: ['transport'], registers: [this.registry] }
    new Gauge({ name: 'rhizo_connections', help: 'Open connections by transport.', ...shared, collect: collectFrom('connections') })
    new Counter({
      name: 'rhizo_messages_received_total',
      help: 'Messages received by transport.',
      ...shared,
      collect: collectFrom('received'),
    })
    new Counter({
      name: 'rhizo_messages_sent_total',
      help: 'Messages sent to subscribers by transport.',
      ...shared,
      collect: collectFrom('sent'),
    })
    new Counter({
      name: 'rhizo_messages_dropped_total',
      help: 'Messages that a slow subscriber never got.',
      ...shared,
      collect: collectFrom('dropped'),
    })
    new Counter({
      name: 'rhizo_messages_collapsed_total',
      help: 'Values that a newer one of the same sequence replaced in a slow subscriber’s outbox.',
      ...shared,
      collect: collectFrom('collapsed'),
    })
  }

  /** The counts of a transport, which it keeps up to date. */
  transport(name: string): TransportCounts {
    let counts = this.#transports.get(name)
    if (!counts) this.#transports.set(name, (counts = { connections: 0, received: 0, sent: 0, dropped: 0, collapsed: 0 }))
    return counts
  }

  /** Adds counts of what is watched, which are read when /metrics is requested. */
  watch(count: () => WatchCounts): void {
    const collectFrom = (what: keyof WatchCounts): ((this: Gauge) => void) =>
      function collect() {
        this.reset()
        for (const [state, number] of Object.entries(count()[what])) this.set({ state }, number)
      }
    const shared = { labelNames: ['state'], registers: [this.registry] }
    new Gauge({
      name: 'rhizo_controllers',
      help: 'Controllers: all, connected, watched, and silent for longer than their watchdog allows.',
      ...shared,
      collect: collectFrom('controllers'),
    })
    new Gauge({ name: 'rhizo_alerts', help: 'Alert rules: all, and those that are on.', ...shared, collect: collectFrom('alerts') })
  }

  totals(): Totals {
    let messages = 0
    let connections = 0
    for (const counts of this.#transports.values()) {
      messages += counts.received
      connections += counts.connections
    }
    return { values: this.#stored, requests: this.#answered, messages, connections }
  }

  /** Adds free space and sizes, which are read when /metrics is requested. */
  watchStorage({ space, engine }: Pick<Context, 'space' | 'engine'>): void {
    const registers = [this.registry]
    const perDisk = (name: string, help: string, what: 'free' | 'reserve' | 'total'): void => {
      new Gauge({
        name,
        help,
        labelNames: ['folder'],
        registers,
        collect() {
          this.reset()
          for (const disk of space.disks) this.set({ folder: disk.folder }, disk[what])
        },
      })
    }
    perDisk('rhizo_disk_free_bytes', 'Free space on the disks of the lab, as it was some seconds ago.', 'free')
    perDisk('rhizo_disk_reserve_bytes', 'Space that is kept free: below it files are refused, below half of it values.', 'reserve')
    perDisk('rhizo_disk_size_bytes', 'Size of the disks of the lab.', 'total')
    new Gauge({
      name: 'rhizo_database_bytes',
      help: 'Size of the database with its log.',
      registers,
      async collect() {
        this.set((await engine.size()).used)
      },
    })
  }

  /** Adds counts of what is kept for MQTT clients, which are read when /metrics is requested. */
  watchMqtt(count: () => Readonly<Record<'kept' | 'queued' | 'retained', number>>): void {
    const gauge = (name: string, help: string, what: 'kept' | 'queued' | 'retained'): void => {
      new Gauge({
        name,
        help,
        registers: [this.registry],
        collect() {
          this.set(count()[what])
        },
      })
    }
    gauge('rhizo_mqtt_sessions', 'Sessions of MQTT clients that are kept while they are away (clean=false).', 'kept')
    gauge('rhizo_mqtt_queued', 'Messages of QoS 1 and 2 in those sessions that are not confirmed.', 'queued')
    gauge('rhizo_mqtt_retained', 'Retained messages.', 'retained')
  }

  /** Adds what callers hold who have not said who they are, which is read when /metrics is requested. */
  watchStrangers(count: () => { readonly bytes: number; readonly connections: number }): void {
    new Gauge({
      name: 'rhizo_strangers_bytes',
      help: 'Bytes of unfinished bodies, messages and packets of callers who have not said who they are.',
      registers: [this.registry],
      collect() {
        this.set(count().bytes)
      },
    })
    new Gauge({
      name: 'rhizo_strangers_connections',
      help: 'HTTP connections of callers who have not said who they are.',
      registers: [this.registry],
      collect() {
        this.set(count().connections)
      },
    })
  }

  /** Adds what answers hold until they are read, which is looked up when /metrics is requested. */
  watchAnswers(held: () => number): void {
    new Gauge({
      name: 'rhizo_answers_bytes',
      help: 'Bytes of answers and messages that wait to be read, about.',
      registers: [this.registry],
      collect() {
        this.set(held())
      },
    })
  }

  committed(values: number, milliseconds: number): void {
    this.#stored += values
    this.#values.inc(values)
    this.#commits.observe(milliseconds / 1000)
    this.#batches.observe(values)
  }

  queued(values: number): void {
    this.#queue.set(values)
  }

  sealed(milliseconds: number): void {
    this.#sealings.observe(milliseconds / 1000)
  }

  commitFailed(): void {
    this.#failedCommits.inc()
  }

  sealingFailed(): void {
    this.#failedSealings.inc()
  }

  refused(values: number): void {
    this.#refused.inc(values)
  }

  damaged(what: 'block' | 'record' | 'content'): void {
    this.#damages.inc({ what })
  }

  /** @param route method and path of a route, `websocket`, `mqtt` or `other` */
  held(route: string, milliseconds: number): void {
    this.#held.observe({ route }, milliseconds / 1000)
  }

  answered(method: string, route: string, status: number, milliseconds: number): void {
    const key = `${method} ${route} ${status}`
    let child = this.#children.get(key)
    if (!child) this.#children.set(key, (child = this.#requests.labels(method, route, String(status))))
    child.observe(milliseconds / 1000)
    this.#answered++
  }
}
