/** A controller's system attributes about its watchdog. The names are those of old servers, except `watchdog_counts`. */
import { invalid } from '../base/fault.ts'
import { quote } from '../base/path.ts'
import { parseWatchRecipients, readableRecipients } from './watch-recipients.ts'
import { MINUTE, type Micros } from '../base/time.ts'

/** What counts as a sign that a controller is alive: its watchdog messages, or any message and request. */
export const WATCHDOG_COUNTS = ['watchdog', 'any'] as const
export type WatchdogCounts = (typeof WATCHDOG_COUNTS)[number]

export interface WatchdogSpec {
  /** Longer silence is reported. */
  readonly limit: Micros
  readonly recipients: readonly string[]
  /** undefined: as the setting WATCHDOG_COUNTS says. */
  readonly counts: WatchdogCounts | undefined
}

const MAX_MINUTES = 525_600

/** Reads stored attributes, which may be invalid; undefined when the controller is not watched. */
export function readWatchdogSpec(attributes: Readonly<Record<string, unknown>>): WatchdogSpec | undefined {
  const minutes = minutesOf(attributes['watchdog_minutes'])
  if (minutes === undefined || minutes <= 0) return undefined
  return {
    limit: Math.round(minutes * MINUTE),
    recipients: readableRecipients(attributes['watchdog_recipients']),
    counts: countsOf(attributes['watchdog_counts']),
  }
}

/**
 * Watchdog attributes that a client gives, in the form in which they are stored; null removes one.
 * @throws Fault invalid naming the attribute
 */
export function checkWatchdogAttributes(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const checked: Record<string, unknown> = {}
  const { watchdog_minutes: minutes, watchdog_recipients: recipients, watchdog_counts: counts } = given
  if (minutes !== undefined && minutes !== null && minutes !== '') {
    const number = minutesOf(minutes)
    if (number === undefined || number < 0 || number > MAX_MINUTES)
      throw invalid(`watchdog_minutes must be a number from 0 (not watched) to ${MAX_MINUTES}, found ${quote(JSON.stringify(minutes))}.`)
    checked['watchdog_minutes'] = number
  }
  if (recipients !== undefined && recipients !== null && recipients !== '')
    checked['watchdog_recipients'] =
      typeof recipients === 'string'
        ? parseWatchRecipients(recipients, 'watchdog_recipients').join(', ')
        : parseWatchRecipients(recipients, 'watchdog_recipients')
  if (counts !== undefined && counts !== null && counts !== '') {
    if (countsOf(counts) === undefined)
      throw invalid(`watchdog_counts is ${quote(JSON.stringify(counts))}; allowed: ${WATCHDOG_COUNTS.join(', ')}.`)
    checked['watchdog_counts'] = counts
  }
  return checked
}

/** The form on old servers' pages sends text. */
function minutesOf(value: unknown): number | undefined {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && /^ *\d+(?:\.\d*)? *$/.test(value) ? Number(value) : Number.NaN
  return Number.isFinite(number) ? number : undefined
}

const countsOf = (value: unknown): WatchdogCounts | undefined => WATCHDOG_COUNTS.find((one) => one === value)
