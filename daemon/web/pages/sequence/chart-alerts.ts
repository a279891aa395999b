/** What a chart shows of the alerts on its sequence. */
import type { Context } from '../../../../src/context.ts'
import type { Actor } from '../../../../src/tree/actor.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import { parseTimestamp, SECOND } from '../../../../src/base/time.ts'
import { listAlertHistory } from '../../../../src/watching/alert-history.ts'
import type { ChartAlerts } from '../../shared/chart-alerts.ts'

/** Stretches that are passed to the page: the newest. */
const MAX_STRETCHES = 300

/** @throws Fault forbidden */
export async function readChartAlerts(ctx: Context, actor: Actor, sequence: Resource): Promise<ChartAlerts> {
  const limits = (sequence.alerts ?? []).flatMap(({ isEnabled, low, high }) => (isEnabled ? [low, high].filter(Number.isFinite) : []))
  const firings = await listAlertHistory(ctx, actor, sequence, { count: MAX_STRETCHES })
  return {
    limits: [...new Set(limits)],
    stretches: firings.map(({ start_timestamp: start, end_timestamp: end }) => [secondsOf(start), end === null ? null : secondsOf(end)]),
  }
}

const secondsOf = (timestamp: string): number => (parseTimestamp(timestamp) ?? 0) / SECOND
