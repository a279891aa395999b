/** What METRICS and METRICS_KEY say together. */
import type { Settings } from './settings.ts'

/** open: everybody reads /metrics; key: who has METRICS_KEY or is a system admin; off: no one. */
export type MetricsAccess = 'open' | 'key' | 'off'

export const metricsAccess = ({ METRICS, METRICS_KEY }: Pick<Settings, 'METRICS' | 'METRICS_KEY'>): MetricsAccess =>
  METRICS === 'open' || METRICS === 'key' || METRICS === 'off' ? METRICS : METRICS_KEY === undefined ? 'open' : 'key'
