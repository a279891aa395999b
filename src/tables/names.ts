/** Names for sequences, and units, from the headers of columns. */
import { DistinctNames } from '../base/distinct-names.ts'

export interface NamedColumn {
  readonly name: string
  readonly units: string | undefined
}

const UNIT_WORDS = new Map<string, string>([
  ['degc', '°C'],
  ['deg c', '°C'],
  ['c', '°C'],
  ['celsius', '°C'],
  ['℃', '°C'],
  ['degf', '°F'],
  ['deg f', '°F'],
  ['fahrenheit', '°F'],
  ['℉', '°F'],
  ['percent', '%'],
  ['%rh', '%'],
  ['%rf', '%'],
])

/** A unit as it is usually written. */
export const unitOf = (text: string): string | undefined => {
  const unit = text.trim()
  return unit === '' || unit.length > 30 ? undefined : (UNIT_WORDS.get(unit.toLowerCase()) ?? unit)
}

const KNOWN_UNIT = new RegExp(
  String.raw`^(?:°[CF]|℃|℉|K|%|% ?r\.?[HhFf]\.?|%RH|ppm|ppb|ppmv?|ppbv?|[kmµun]?V|[kmµu]?A|[kM]?W|k?Wh|[kh]?Pa|m?bar|[kmcµn]?m|m/s|` +
    String.raw`km/h|mph|in|mm/h|s|ms|min|h|Hz|lux|lx|W/m²|W/m2|g|kg|mg/[lL]|[µu]S/cm|L|l|mL|pH|dBm?|NTU|DegC|Deg C|°)$`,
  'i',
)

/** Units made of two, and those of several letters: they are no words of a name, behind a blank or an underscore. */
const UNIT_BEHIND = new RegExp(
  String.raw`^(.*[^\s_])[\s_]+(ppm|ppb|[hkM]?Pa|m?bar|[kMG]?Bq\/m[³3]|(?:[kMmµun]?(?:g|mol|W|J|S|L|m)|in|mi|ft)\/` +
    String.raw`(?:[mkc]?[mg][²³23]?|[mdµ]?[lL]|h|hr|s|min|d|ft)|mV|[mk]?Wh|psu|PSU|FNU|NTU|RFU|psi|mmHg|inHg|dBm|°|%)$`,
)

/** The end of a name for a temperature. */
const OF_TEMPERATURE = /t(?:emp\w*)?$/i

/** Words in a name for a temperature. */
const MAYBE_WARM = /temp|dew|feels|heat|chill/i

/** What is looked at of a header, in characters: whatever else stands there is no name. */
const MAX_HEADER = 300

/**
 * Takes the unit out of a header: `Temp (°C)`, `CO2 [ppm]`, `Temp, °C (LGR S/N: 123)`, `Temp in °C`, `Temperature_Celsius`. The name is in
 * small letters, with dashes.
 */
export function nameColumn(header: string): NamedColumn {
  let text = header
    .slice(0, MAX_HEADER)
    .replaceAll(/[\u0000-\u001f]/g, ' ')
    // DOS had the degree sign where Windows-1252 has this letter.
    .replace(/ø(?=[CF](?:\W|$))/, '°')
    .trim()
  let units: string | undefined
  // Serial numbers and the like, as HOBO writes them.
  text = text.replace(/\s*\((?:LGR|SEN)[^)]*\)\s*$/i, '').replace(/\s*\(?S\/N:?\s*[\w,: /]+\)?$/i, '')
  // Of a sensor: no unit has a number of many digits.
  text = text.replace(/\s*\((?=[^)]*\d{5})[^)]*\)/, '')
  const bracket = /^(.*?)\s*[([{]([^()[\]{}]*)[)\]}]\s*(.*)$/.exec(text)
  if (bracket && (bracket[1] ?? '').trim() + (bracket[3] ?? '').trim() !== '') {
    units = unitOf(bracket[2] ?? '')
    text = `${bracket[1] ?? ''} ${bracket[3] ?? ''}`
    // Picarro and LGR write [CO2]_ppm: there the bracket holds the name.
  } else if (bracket && KNOWN_UNIT.test((bracket[2] ?? '').trim())) [units, text] = [unitOf(bracket[2] ?? ''), '']
  else if (bracket) text = bracket[2] ?? ''
  // METER writes °C Soil Temperature, HOBOlink Temperature, °C, North bed.
  const leading = /^(°[CF]|%|m³\/m³|[mµ]S\/cm|W\/m²|k?Pa|mm\/h|m\/s)\s+(\p{L}.*)$/u.exec(text)
  if (leading) [units, text] = [unitOf(leading[1] ?? ''), leading[2] ?? '']
  const parts = text.split(/,\s+/)
  const among = parts.findIndex((part, at) => at > 0 && at < parts.length - 1 && KNOWN_UNIT.test(part.trim()))
  if (units === undefined && among > 0) [units, text] = [unitOf(parts[among] ?? ''), parts.filter((_, at) => at !== among).join(' ')]
  const gas = /^\[([^\]]+)\]_?(\w*)$/.exec(header.slice(0, MAX_HEADER).trim())
  if (gas) [text, units] = [gas[1] ?? '', unitOf(gas[2] ?? '')]
  // Elitech writes Temperature°C, LGR GasT_C.
  const tail = /^(.*?)(\s*[,/;:]\s*|\s+in\s+|_)([^,/;:_]+)$/.exec(text.trim()) ?? /^(.*?)()(°[CF]|℃|℉|%(?:RH)?)$/i.exec(text.trim())
  const unit = tail && (tail[3] ?? '').trim()
  if (
    tail &&
    unit &&
    units === undefined &&
    !(tail[2]?.includes('/') === true && UNIT_BEHIND.test(text.trim())) &&
    // As in NO3 mg N/L.
    !(/^m?l$/i.test(unit) && /\s\S/.test(tail[1] ?? '')) &&
    ((tail[2] !== '_' && KNOWN_UNIT.test(unit)) ||
      (/^[CF]$/i.test(unit) && OF_TEMPERATURE.test(tail[1] ?? '')) ||
      (unit.length > 3 && UNIT_WORDS.has(unit.toLowerCase())))
  ) {
    units = unitOf(unit)
    text = tail[1] ?? ''
  }
  // Airthings writes CO2 ppm, PurpleAir PM2.5_CF1_ug/m3.
  const behind = UNIT_BEHIND.exec(text.trim())
  if (units === undefined && behind) [text, units] = [behind[1] ?? '', unitOf(behind[2] ?? '')]
  // Fahrenheit shares its letter with farad, and a temperature is none.
  if (units !== undefined && /^F$/i.test(units) && (MAYBE_WARM.test(text) || /T$/.test(text.trim()))) units = '°F'
  return { name: slugOf(text), units }
}

/** `creationDate`, `utc_offset` and `time-zone` with blanks between their words. */
export const spacedWords = (text: string): string =>
  text
    .slice(0, MAX_HEADER)
    .replaceAll(/(?<=\p{Ll})(?=\p{Lu})/gu, ' ')
    .replaceAll(/[\s_-]+/g, ' ')
    .trim()

/** A name for a resource: small letters and digits of any script, with single dashes; empty where there are none. */
export const slugOf = (text: string): string =>
  (/[\p{L}\p{N}]/u.test(text) ? text : '')
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}.]+/gu, '-')
    .replaceAll(/^[-.]+|(?<![-.])[-.]+$/g, '')
    .slice(0, 100)

/** The path of a series below a folder, of its parts. */
export const seriesName = (parts: readonly string[]): string =>
  parts
    .flatMap((part) => part.split('/'))
    .map(slugOf)
    .filter((part) => part !== '')
    .join('/')

/** The names with `-2`, `-3` … after those that came before; empty ones become `column-N`. */
export function distinctNames(names: readonly string[]): string[] {
  const distinct = new DistinctNames()
  return names.map((given, at) => {
    const base = given === '' ? `column-${at + 1}` : given
    return distinct.take(base, (number) => `${base}-${number}`)
  })
}
