/**
 * Units that measure the same, and how a number in one is told in another. Only for showing values: what is stored keeps its units, and
 * differences of temperatures (a change, a standard deviation) are scaled without the offset.
 */
import { invalid } from './fault.ts'
import { quote } from './quote.ts'

export interface Conversion {
  /** A value is multiplied by it, then the offset is added. */
  readonly scale: number
  readonly offset: number
}

interface Unit extends Conversion {
  readonly measures: string
}

/** To the first unit of each: K, Pa, m/s, m, m³, kg. */
const measures: Readonly<Record<string, Readonly<Record<string, number | readonly [scale: number, offset: number]>>>> = {
  temperature: { K: 1, C: [1, 273.15], F: [5 / 9, 273.15 - 160 / 9] },
  pressure: {
    Pa: 1,
    hPa: 100,
    mbar: 100,
    kPa: 1_000,
    bar: 100_000,
    inHg: 3_386.38864,
    mmHg: 133.322387415,
    psi: 6_894.757293168,
    atm: 101_325,
  },
  speed: { 'm/s': 1, 'km/h': 1 / 3.6, mph: 0.44704, kn: 1_852 / 3_600, 'ft/s': 0.3048 },
  length: { m: 1, km: 1_000, cm: 0.01, mm: 0.001, µm: 1e-6, in: 0.0254, ft: 0.3048, mi: 1_609.344 },
  volume: { 'm³': 1, L: 0.001, mL: 1e-6, gal: 0.003785411784 },
  mass: { kg: 1, g: 0.001, mg: 1e-6, lb: 0.45359237, oz: 0.028349523125 },
}

/** Other spellings that loggers and people use. Upper and lower case matter: mPa is no MPa. */
const spellings: Readonly<Record<string, string>> = {
  ...{ '°C': 'C', '℃': 'C', degC: 'C', deg_C: 'C', celsius: 'C', Celsius: 'C', '°F': 'F', '℉': 'F', degF: 'F', deg_F: 'F' },
  ...{ fahrenheit: 'F', Fahrenheit: 'F', kelvin: 'K', Kelvin: 'K', mb: 'mbar', '"Hg': 'inHg', torr: 'mmHg', Torr: 'mmHg' },
  ...{ kmh: 'km/h', 'km/hr': 'km/h', kph: 'km/h', mps: 'm/s', kt: 'kn', kts: 'kn', knots: 'kn', um: 'µm', μm: 'µm', inch: 'in', '"': 'in' },
  ...{ l: 'L', ml: 'mL', m3: 'm³', 'm^3': 'm³', lbs: 'lb' },
}

const units = new Map<string, Unit>(
  Object.entries(measures).flatMap(([kind, some]) =>
    Object.entries(some).map(([name, factor]): [string, Unit] => {
      const [scale, offset] = typeof factor === 'number' ? [factor, 0] : factor
      return [name, { measures: kind, scale, offset }]
    }),
  ),
)

const nameOf = (text: string): string => spellings[text.trim()] ?? text.trim()

/** The units that values in these can be told in, these among them, as they are written here; empty for units that are not known. */
export function unitsLike(from: string): string[] {
  const kind = units.get(nameOf(from))?.measures
  return kind === undefined ? [] : [...units].flatMap(([name, unit]) => (unit.measures === kind ? [name] : []))
}

/** How to tell values of one unit in another. @throws Fault invalid for units that are not known, or measure something else */
export function conversionBetween(from: string, to: string): Conversion {
  const [source, target] = [units.get(nameOf(from)), units.get(nameOf(to))]
  if (nameOf(from) === nameOf(to)) return { scale: 1, offset: 0 }
  if (!source) throw invalid(`Values in ${quote(from)} can't be told in other units: nothing is known of ${quote(from)}.`)
  if (!target || target.measures !== source.measures)
    throw invalid(`Values in ${quote(from)} can't be told in ${quote(to)}; they can in ${unitsLike(from).join(', ')}.`)
  return { scale: source.scale / target.scale, offset: (source.offset - target.offset) / target.scale }
}

/** A number in the other unit, without digits that only reckoning brings in. */
export const convert = ({ scale, offset }: Conversion, value: number): number => Number((value * scale + offset).toPrecision(9))

/** What people may choose to see values in, in place of the units that they are stored in. */
export const UNIT_SYSTEMS = ['metric', 'us'] as const
export type UnitSystem = (typeof UNIT_SYSTEMS)[number]

/** Units that people of one system read as those of the other; units that both know, such as K, kn or mmHg, stay. */
const readAs: Readonly<Record<UnitSystem, Readonly<Record<string, string>>>> = {
  metric: { F: 'C', inHg: 'hPa', psi: 'kPa', mph: 'km/h', 'ft/s': 'm/s', in: 'mm', ft: 'm', mi: 'km', gal: 'L', lb: 'kg', oz: 'g' },
  us: {
    ...{ C: 'F', hPa: 'inHg', mbar: 'inHg', kPa: 'psi', bar: 'psi', 'm/s': 'mph', 'km/h': 'mph' },
    ...{ mm: 'in', cm: 'in', m: 'ft', km: 'mi', L: 'gal', kg: 'lb', g: 'oz' },
  },
}

/** With their signs, as people write them. */
const signs: Readonly<Record<string, string>> = { C: '°C', F: '°F' }

export const isUnitSystem = (text: string | undefined): text is UnitSystem => UNIT_SYSTEMS.some((one) => one === text)

export interface ShownUnits {
  readonly units: string | undefined
  /** Of the values as they are shown: as fine as those that are stored. */
  readonly decimals: number | undefined
  /** undefined: values are shown as they are stored. */
  readonly conversion: Conversion | undefined
}

/** How values in some units are shown to people of a system; undefined: as they are stored. */
export function shownUnits(
  system: UnitSystem | undefined,
  { units, decimals }: { units?: string | undefined; decimals?: number | undefined },
): ShownUnits {
  const own = nameOf(units ?? '')
  const target = system && Object.hasOwn(readAs[system], own) ? readAs[system][own] : undefined
  if (target === undefined) return { units, decimals, conversion: undefined }
  const conversion = conversionBetween(own, target)
  const finer = Math.ceil(-Math.log10(conversion.scale) - 0.3)
  return { units: signs[target] ?? target, decimals: decimals === undefined ? undefined : Math.max(0, decimals + finer), conversion }
}

export const convertShown = (conversion: Conversion | undefined, value: number): number => (conversion ? convert(conversion, value) : value)
/** A difference: without the offset, as a change of 1 °C is one of 1.8 °F. */
export const convertDifference = (conversion: Conversion | undefined, value: number): number =>
  conversion ? convert({ ...conversion, offset: 0 }, value) : value
/** A number that somebody gave in the units that are shown, in those that are stored. */
export const convertBack = (conversion: Conversion | undefined, value: number): number =>
  conversion ? Number(((value - conversion.offset) / conversion.scale).toPrecision(12)) : value
