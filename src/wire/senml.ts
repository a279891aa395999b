/** Sensor Measurement Lists (SenML, RFC 8428) in JSON: records whose names, times and units stand once for several. */
import { isObject } from '../base/json.ts'
import { SECOND, timeOfSeconds, type Micros } from '../base/time.ts'

const LABELS: ReadonlySet<string> = new Set('bn bt bu bv bs bver n u v vs vb vd s t ut'.split(' '))

/** A record with all that the ones before it said for it. */
export interface SenmlRecord {
  /** Base name and name, as they stand; one of them may be empty. */
  readonly base: string
  readonly name: string
  readonly value: number | string | boolean | undefined
  /** A sum over time beside or in place of the value. */
  readonly sum: number | undefined
  /** As it is usually written. */
  readonly units: string | undefined
  /** undefined: now. */
  readonly time: Micros | undefined
  /** Why there is nothing to take; then there is neither value nor sum. */
  readonly problem: string | undefined
}

export function isSenml(json: unknown): json is Record<string, unknown>[] {
  if (!Array.isArray(json) || json.length === 0) return false
  return (
    json.every((record: unknown) => isObject(record) && Object.keys(record).every((label) => LABELS.has(label) || label.endsWith('_'))) &&
    json.some((record: Record<string, unknown>) => ['v', 'vs', 'vb', 's', 'bv', 'bs'].some((label) => record[label] !== undefined)) &&
    json.some((record: Record<string, unknown>) => typeof record['n'] === 'string' || typeof record['bn'] === 'string')
  )
}

/** Times below this, in seconds, count from now. Source: RFC 8428, 4.5.3. */
const RELATIVE_BELOW = 2 ** 28

/** @param now undefined: not known, as for a file; then times that count from it are not either */
export function* readSenml(records: readonly Record<string, unknown>[], now: Micros | undefined): Generator<SenmlRecord> {
  const ambiguous = namesOfSeveralUnits(records)
  let [base, baseTime, baseUnit, baseValue, baseSum] = ['', 0, undefined as string | undefined, 0, 0]
  for (const record of records) {
    if (typeof record['bn'] === 'string') base = record['bn']
    if (typeof record['bt'] === 'number') baseTime = record['bt']
    if (typeof record['bu'] === 'string') baseUnit = record['bu']
    if (typeof record['bv'] === 'number') baseValue = record['bv']
    if (typeof record['bs'] === 'number') baseSum = record['bs']
    const [v, vs, vb, s] = [record['v'], record['vs'], record['vb'], record['s']]
    const seconds = baseTime + (typeof record['t'] === 'number' ? record['t'] : 0)
    const fromNow = seconds === 0 || now === undefined ? undefined : now + Math.round(seconds * SECOND)
    const time = seconds < RELATIVE_BELOW ? fromNow : timeOfSeconds(seconds)
    const value = typeof v === 'number' ? sumOf(baseValue, v) : typeof vs === 'string' ? vs : typeof vb === 'boolean' ? vb : undefined
    const sum = typeof s === 'number' ? sumOf(baseSum, s) : undefined
    const ownUnit = typeof record['u'] === 'string' ? record['u'] : baseUnit
    const given = typeof record['n'] === 'string' ? record['n'] : ''
    const name = ambiguous.has(base + given) && ownUnit !== undefined ? [given, ownUnit].filter((part) => part !== '').join(' ') : given
    // A record of bases alone says nothing by itself.
    if (given === '' && [v, vs, vb, s, record['vd']].every((one) => one === undefined)) continue
    yield {
      base,
      name,
      value,
      sum,
      // A unit of all records is none of texts and truths.
      units: unitOf(typeof v === 'number' || s !== undefined ? ownUnit : undefined),
      time,
      problem:
        value !== undefined || sum !== undefined
          ? undefined
          : record['vd'] === undefined
            ? `Its value is no number, text or truth: ${JSON.stringify(v ?? vs ?? vb ?? s ?? null).slice(0, 40)}.`
            : 'It holds bytes (vd), which are no value of a sequence.',
    }
  }
}

/** Names with values of several units, as a position has, which are told apart by them. */
function namesOfSeveralUnits(records: readonly Record<string, unknown>[]): ReadonlySet<string> {
  const units = new Map<string, Set<unknown>>()
  let [base, baseUnit]: [string, unknown] = ['', undefined]
  for (const { bn, bu, n, u } of records as readonly { bn?: unknown; bu?: unknown; n?: unknown; u?: unknown }[]) {
    if (typeof bn === 'string') base = bn
    if (typeof bu === 'string') baseUnit = bu
    const name = base + (typeof n === 'string' ? n : '')
    const known = units.get(name) ?? new Set()
    units.set(name, known.add(u ?? baseUnit))
  }
  return new Set([...units].flatMap(([name, known]) => (known.size > 1 ? [name] : [])))
}

/** Without the noise of adding decimals: 20.1 and 0.2 are 20.3. */
const sumOf = (base: number, value: number): number => (base === 0 ? value : Number((base + value).toPrecision(15)))

/** The names of units that differ from usual ones. Source: the registry of RFC 8428, 12.1. */
const UNITS: Readonly<Record<string, string>> = {
  Cel: '°C',
  '%RH': '%',
  '%EL': '%',
  '/': '',
  lon: '°',
  lat: '°',
  'W/m2': 'W/m²',
  'cd/m2': 'cd/m²',
}
const unitOf = (unit: string | undefined): string | undefined => (unit === undefined ? undefined : (UNITS[unit] ?? unit) || undefined)

/** A base name without the mark that parts it from names: `urn:dev:ow:10e2073a01080063`. */
export const senmlDevice = (base: string): string => base.replace(/[:/_.-]$/, '')
