/** Metrics of mail, texts and webhooks. */
import { Counter, Gauge } from 'prom-client'
import type { Context } from '../src/context.ts'
import { countWaiting } from '../src/notifications/delivery.ts'
import type { Metrics } from './metrics.ts'

/** @returns a function that stops counting */
export function countNotifications(ctx: Context, { registry }: Metrics): () => void {
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
  return ctx.hub.on('messageEnded', ({ kind, state }) => ended.inc({ kind, state }))
}
