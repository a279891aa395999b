/** How a line of a chart is shown, and what its values are made into on the server. No DOM. */

/** There are so many colours for lines; lines after that have them again, in dashes. */
export const COLOURS = 12

export interface ShowChoice {
  /** '' is the default. */
  readonly name: Show
  readonly text: string
}

/**
 * '': a line, or steps where all values are 0 or 1. `second`, `minute`, `hour`: how much a counter grew in such a time, over its resets.
 * `sum`: the sum of all values since the chart's beginning. `direction`: degrees of a circle, as dots.
 */
export type Show = '' | 'line' | 'steps' | 'second' | 'minute' | 'hour' | 'sum' | 'direction'

export const SHOWS: readonly ShowChoice[] = [
  { name: '', text: 'As it fits' },
  { name: 'line', text: 'Line' },
  { name: 'steps', text: 'Steps' },
  { name: 'second', text: 'Counter: growth a second' },
  { name: 'minute', text: 'Counter: growth a minute' },
  { name: 'hour', text: 'Counter: growth an hour' },
  { name: 'sum', text: 'Sum since the beginning' },
  { name: 'direction', text: 'Direction in degrees' },
]

export const parseShow = (name: string): Show => SHOWS.find((show) => show.name === name)?.name ?? ''

/** Seconds of a rate's time; undefined for what is no rate. */
export const RATES: Readonly<Partial<Record<Show, number>>> = { second: 1, minute: 60, hour: 3_600 }

const SHORT: Readonly<Partial<Record<Show, string>>> = { second: 's', minute: 'min', hour: 'h' }

/** Whether the server makes something else of the values. */
export const isMade = (show: Show): boolean => RATES[show] !== undefined || show === 'sum' || show === 'direction'

/** Units of what is drawn: a rate's are those of the sequence a time. */
export function unitsOf(show: Show, units: string | undefined): string | undefined {
  const time = SHORT[show]
  return time === undefined ? units : `${units ?? ''}/${time}`
}

/** How values are drawn. */
export type Form = 'line' | 'steps' | 'dots'

export function formOf(show: Show, points: readonly { readonly min: number; readonly max: number }[]): Form {
  if (show === 'direction') return 'dots'
  if (show === 'steps') return 'steps'
  const isSwitch = show === '' && points.length > 1 && points.every(({ min, max }) => isBit(min) && isBit(max))
  return isSwitch ? 'steps' : 'line'
}

const isBit = (value: number): boolean => value === 0 || value === 1
