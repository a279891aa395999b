/** What the server passes to the page of a chart. */
import { convertShown, shownUnits } from '../../../../src/base/units.ts'
import type { ChartAlerts } from '../../shared/chart-alerts.ts'
import type { Show } from '../../shared/chart-shows.ts'
import { unitSystem } from '../units.ts'
import { nameOf, type Line } from './chart-data.ts'

export interface ChartPage {
  path: string
  /** The server's clock, in milliseconds. */
  now: number
  units?: string
  decimals?: number
  /** Seconds; null if it has no value. */
  newest: number | null
  /** It has values, and masks leave out all of them. */
  isMasked: boolean
  /** Seconds that its newest values fill; null if it has none. */
  filled: number | null
  /** Default time zone; missing: the browser's own. */
  timezone?: string
  siblings: string[]
  /** Where the visitor may note: the sequence itself, then the folders above it. */
  notePlaces: string[]
  alerts?: ChartAlerts
  canSearch: boolean
}

/** The page's own sequence, before any value of it is fetched. */
export const lineOf = ({ path, units, decimals, newest }: ChartPage, show: Show): Line => ({
  path,
  name: nameOf(path),
  ...shownUnits(unitSystem(), { units, decimals }),
  newest: newest ?? undefined,
  points: [],
  show,
})

/** The alerts on its own sequence, with limits as its values are shown. */
export const alertsOf = ({ alerts }: ChartPage, { conversion }: Line): ChartAlerts | undefined =>
  alerts && { ...alerts, limits: alerts.limits.map((limit) => convertShown(conversion, limit)) }
