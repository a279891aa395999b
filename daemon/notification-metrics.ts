/** Metrics of mail, texts and webhooks. */
import { Counter, Gauge } from 'prom-client'
import type { Context } from '../src/context.ts'
import { countWaiting } from '../src/notifications/delivery.ts'
import type { Metrics } from './metrics.ts'
import type { Part } from './parts.ts'

export class NotificationMetrics implements Part {
  readonly #ctx: Context
  readonly #metrics: Metrics
  #unsubscribe: (() => void) | undefined

  constructor(ctx: Context, metrics: Metrics) {
    this.#ctx = ctx
    this.#metrics = metrics
  }

  async start(): Promise<void> {
    const ctx = this.#ctx
    const { registry } = this.#metrics
    new Gauge({
      name: 'rhizo_notifications_waiting',
      help: 'Mails, text messages and webhooks that wait to be sent.',
      registers: [registry],
      async collect() {
        this.set(await countWaiting(ctx))
      },
    })
    const ended = new Counter({
      name: 'rhizo_notifications_total',
      help:
        'Mails, text messages and webhooks that came to an end, by kind and state: sent, failed, held (not meant to leave this ' +
        'machine) or cancelled.',
      labelNames: ['kind', 'state'],
      registers: [registry],
    })
    this.#unsubscribe = ctx.hub.on('messageEnded', ({ kind, state }) => ended.inc({ kind, state }))
  }

  async stop(): Promise<void> {
    this.#unsubscribe?.()
  }
}
