/** What a chart shows of the alerts on its sequence. */
export interface ChartAlerts {
  /** Values beyond which an alert is on. */
  readonly limits: readonly number[]
  /** From when to when alerts were on, in seconds; null: still on. */
  readonly stretches: readonly (readonly [from: number, to: number | null])[]
}
