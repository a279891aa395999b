/** Files of loggers and programs that are known by their first lines. A format names itself, and says what its lines alone don't show. */
import type { CountStart, ElapsedForm } from './elapsed.ts'
import { gamryHints, isGamry } from './gamry.ts'
import { isLvm, readLvmHead } from './lvm.ts'
import type { Delimiter } from './records.ts'
import { isSeaBird, seaBirdHints } from './sea-bird.ts'

export interface KnownFormat {
  /** For `--format`. */
  readonly id: string
  /** For people. */
  readonly name: string
  readonly recognise: (head: readonly string[]) => boolean
  readonly hints?: (head: readonly string[]) => Hints
}

export interface Hints {
  readonly delimiter?: Delimiter
  /** Places of lines in the file, from 0: the header (several are joined), the units, the first row. */
  readonly names?: readonly number[]
  readonly units?: number
  readonly first?: number
  /** Headers where the file has none. */
  readonly headers?: readonly string[]
  /** Headers of the columns with the time. */
  readonly time?: readonly string[]
  /** How the column of the time counts, and from when. */
  readonly counts?: ElapsedForm | undefined
  readonly start?: CountStart | undefined
  readonly order?: 'day-first' | 'month-first'
  /** Zone of all times. */
  readonly zone?: string
  /** Header of a column with the zone of each row. */
  readonly zoneColumn?: string
  /** Columns that are no readings. */
  readonly ignored?: RegExp
  /** Lines among the rows that are none. */
  readonly passed?: RegExp
  /** What means that a value is missing, besides the usual words. */
  readonly missing?: readonly string[]
  /** Where rows name their series: the columns that do, and the one with the value. */
  readonly series?: { readonly keys: readonly string[]; readonly value: string } | undefined
  /** Places of columns that name the series of a row, where each series has all the other ones, or the zone of its time. */
  readonly apart?: readonly number[] | undefined
  readonly layout?: 'ndjson' | 'line-protocol' | 'annotated-csv' | 'lvm'
}

const any = (head: readonly string[], pattern: RegExp, lines = 40): boolean => head.slice(0, lines).some((line) => pattern.test(line))
const lineOf = (head: readonly string[], pattern: RegExp): number => head.findIndex((line) => pattern.test(line))
const first = (head: readonly string[]): string => head.find((line) => line.trim() !== '') ?? ''

export const FORMATS: readonly KnownFormat[] = [
  {
    id: 'lvm',
    name: 'LabVIEW (.lvm)',
    recognise: isLvm,
    hints: (head) => ({
      layout: 'lvm',
      ...(readLvmHead(head).xColumns === 'multi' ? { series: { keys: ['series'], value: 'value' } } : {}),
    }),
  },
  { id: 'gamry', name: 'Gamry (.DTA)', recognise: isGamry, hints: gamryHints },
  { id: 'sea-bird', name: 'Sea-Bird (.cnv)', recognise: isSeaBird, hints: seaBirdHints },
  {
    id: 'dwd',
    name: 'Deutscher Wetterdienst (climate data)',
    recognise: (head) => /^STATIONS_ID;\s*MESS_DATUM;/.test(first(head)),
    hints: () => ({ delimiter: ';', zone: 'UTC', missing: ['-999'], ignored: /^(?:STATIONS_ID|QN(?:_\d+)?|eor)$/i }),
  },
  {
    id: 'sma',
    name: 'SMA (Sunny Explorer)',
    recognise: (head) => any(head, /^Version CSV1\|Tool /, 4) && any(head, SMA_UNITS, 15),
    hints: (head) => {
      const at = lineOf(head, SMA_UNITS)
      return { delimiter: ';', names: [at - 3, at - 2], units: at, first: at + 1 }
    },
  },
  {
    id: 'toa5',
    name: 'Campbell TOA5',
    recognise: (head) => /^"?TOA5"?,/.test(first(head)),
    hints: (head) => {
      const at = lineOf(head, /^"?TOA5"?,/)
      return { delimiter: ',', names: [at + 1], units: at + 2, first: at + 4, time: ['TIMESTAMP'], ignored: /^record$/i }
    },
  },
  {
    id: 'hobo',
    name: 'HOBO (Onset)',
    recognise: (head) => any(head, /Date Time, ?(?:GMT|UTC)[+-]/i, 5) || (/Plot Title/i.test(first(head)) && any(head, /Date[ -]Time/i, 5)),
    hints: (head) => {
      const at = lineOf(head, /Date[ -]Time/i)
      const header = head[at] ?? ''
      const zone = /(?:GMT|UTC) ?([+-]\d{1,2}:?\d{2})/i.exec(header)?.[1]
      return {
        names: [at],
        first: at + 1,
        ...(zone === undefined ? {} : { zone }),
        ignored: /^#$|coupler|host connect|stopped|end of file|button|bad battery|good battery|started|logged|new url/i,
      }
    },
  },
  {
    id: 'licor',
    name: 'LI-COR',
    recognise: (head) => any(head, /^Model:\s+LI-\d+/) || any(head, /System_Date.*System_Time|^LI-?8[0-9]{2}\b/, 3),
    hints: (head) => {
      const at = lineOf(head, /^DATAH\t/)
      if (at < 0) return { delimiter: 'blanks' }
      const zone = head.find((line) => /^Timezone:/i.test(line))?.replace(/^Timezone:\s*/i, '')
      return {
        delimiter: '\t',
        names: [at],
        units: at + 1,
        first: at + 2,
        time: /\tDATE\tTIME\b/.test(head[at] ?? '') ? ['DATE', 'TIME'] : ['SECONDS'],
        ...(zone === undefined ? {} : { zone: zone.trim() }),
        ignored: /^(?:DATAH|DATA|SECONDS|NANOSECONDS|NDX|DIAG|REMARK|DATE|TIME)$/i,
      }
    },
  },
  {
    id: 'tomst',
    name: 'TOMST (TMS)',
    recognise: (head) => /^\d+;\d{4}\.\d{2}\.\d{2} \d{2}:\d{2};-?\d+;/.test(first(head)),
    hints: () => ({
      delimiter: ';',
      first: 0,
      headers: ['#', 'time', 'time zone', 'T1 (°C)', 'T2 (°C)', 'T3 (°C)', 'moisture', 'shake', 'error flag'],
      time: ['time'],
      zone: 'UTC',
      ignored: /^(?:#|time zone|shake|error flag)$/,
    }),
  },
  {
    id: 'davis',
    name: 'Davis WeatherLink',
    recognise: (head) =>
      any(head, /^\s*Date\s+Time\s+Out\s+Temp/i, 3) || (any(head, /Temp\s+Hi\s/i, 2) && any(head, /Date\s+Time\s+Out/i, 3)),
    hints: (head) => {
      const at = lineOf(head, /^\s*Date\tTime\t/i)
      return at > 0
        ? { delimiter: '\t', names: [at - 1, at], first: at + 1, ignored: /wind dir|hi dir|dir$/i }
        : { names: [Math.max(0, lineOf(head, /^\s*Date\s+Time/i))] }
    },
  },
  {
    id: 'lascar',
    name: 'Lascar EL-USB',
    recognise: (head) =>
      /^[^,\t;]*[,\t;]\s*Time[,\t;]\s*(?:Celsius|Fahrenheit|Humidity)[^,\t;]*[,\t;].*(?:Alarm|dew point|Serial Number)/i.test(first(head)),
    hints: (head) => ({
      time: ['Time'],
      ignored: new RegExp(`^${escapeRegExp((first(head).split(/[,\t;]/)[0] ?? '').trim())}$|alarm|serial number`, 'i'),
    }),
  },
  {
    id: 'elitech',
    name: 'Elitech',
    recognise: (head) => any(head, /Elitech|Device Model.*RC-|RC-[45]\b/i, 30) && any(head, /^\W*No\.?[" ]*[,;\t][" ]*(?:Date|Time)/i, 60),
    hints: (head) => ({ names: [lineOf(head, /^\W*No\.?[" ]*[,;\t][" ]*(?:Date|Time)/i)], ignored: /^no\.?$|status|alarm/i }),
  },
  {
    id: 'govee',
    name: 'Govee',
    recognise: (head) => /Timestamp for sample frequency/i.test(first(head)),
  },
  {
    id: 'switchbot',
    name: 'SwitchBot',
    recognise: (head) => /^"?(?:Date|Time|Timestamp)"?,"?Temperature_(?:Celsius|Fahrenheit)[^,]*,"?Relative_Humidity/i.test(first(head)),
  },
  {
    id: 'thingspeak',
    name: 'ThingSpeak',
    recognise: (head) => /^"?created_at"?,"?entry_id"?,/.test(first(head)),
    hints: () => ({ delimiter: ',', time: ['created_at'], zone: 'UTC', ignored: /^(?:entry_id|latitude|longitude|elevation|status)$/ }),
  },
  {
    id: 'usgs',
    name: 'USGS RDB',
    recognise: (head) => /^#/.test(first(head)) && any(head, /^agency_cd\tsite_no\t/, 400),
    hints: (head) => {
      const at = lineOf(head, /^agency_cd\t/)
      const isZoned = (head[at] ?? '').includes('\ttz_cd')
      return {
        delimiter: '\t',
        names: [at],
        first: at + 2,
        time: ['datetime'],
        ...(isZoned ? { zoneColumn: 'tz_cd' } : {}),
        ignored: /^(?:agency_cd|site_no|tz_cd|.*_cd)$/,
      }
    },
  },
  {
    id: 'picarro',
    name: 'Picarro',
    recognise: (head) => /^DATE\s+TIME\s+FRAC_DAYS/.test(first(head)),
    hints: () => ({
      delimiter: 'blanks',
      time: ['DATE', 'TIME'],
      zone: 'UTC',
      ignored: /^(?:FRAC_DAYS\w*|FRAC_HRS\w*|JULIAN_DAYS|EPOCH_TIME|ALARM_STATUS|INST_STATUS|species)$/i,
    }),
  },
  {
    id: 'lgr',
    name: 'Los Gatos Research (LGR)',
    recognise: (head) => any(head, /^\s*(?:SysTime|Time)\s*,\s*\[\w+\]_ppm/, 3),
    hints: (head) => ({ delimiter: ',', names: [lineOf(head, /^\s*(?:SysTime|Time)\s*,/)], ignored: /_se$|MIU_|^Fit_Flag$/i }),
  },
  {
    id: 'home-assistant',
    name: 'Home Assistant (history)',
    recognise: (head) => /^"?entity_id"?,"?state"?,"?last_(?:changed|updated)"?/.test(first(head)),
    hints: (head) => ({
      delimiter: ',',
      time: [/last_changed/.test(first(head)) ? 'last_changed' : 'last_updated'],
      series: { keys: ['entity_id'], value: 'state' },
    }),
  },
  {
    id: 'series',
    name: 'a list of series, times and values',
    recognise: (head) => /^series,time,value(?:,units)?$/.test(first(head)),
    hints: () => ({ delimiter: ',', time: ['time'], series: { keys: ['series'], value: 'value' } }),
  },
  {
    id: 'influx-csv',
    name: 'InfluxDB annotated CSV',
    recognise: (head) => any(head, /^#(?:group|datatype|default),/, 5) || /^"?,result,table,/.test(first(head)),
    hints: () => ({ delimiter: ',', layout: 'annotated-csv', time: ['_time'], series: { keys: ['series'], value: '_value' } }),
  },
  {
    id: 'line-protocol',
    name: 'InfluxDB line protocol',
    recognise: (head) => LINE_PROTOCOL.test(head.find((line) => line.trim() !== '' && !line.startsWith('#')) ?? ''),
    hints: () => ({ layout: 'line-protocol', time: ['time'], series: { keys: ['series'], value: 'value' } }),
  },
  {
    id: 'ndjson',
    name: 'NDJSON',
    recognise: (head) => /^\s*\{.*\}\s*$/.test(first(head)),
    hints: () => ({ layout: 'ndjson' }),
  },
  {
    id: 'grafana',
    name: 'Grafana',
    recognise: (head) =>
      /^(?:sep=;)?$|^"?Time"?[,;]/.test(head[0] ?? '') && any(head, /^"?Time"?[,;]"?[^,;]+/, 2) && any(head, GRAFANA_ROW, 3),
  },
]

/** The form of the times, and units; above it are the kinds of values, their names, and serial numbers. */
const SMA_UNITS = /^[dM]{1,2}[./-][dM]{1,2}[./-]y{2,4}[^;]*;/

const LINE_PROTOCOL = /^[A-Za-z_](?:[^\s,\\]|\\.)*(?:,(?:[^\s=\\]|\\.)+=(?:[^\s\\]|\\.)+)*\s+(?:[^\s=,\\]|\\.)+=(?:"|[-\d.tTfF]).*/
/** Times as Grafana's export has them: milliseconds, or its own form of local times; each value may carry its unit. */
const GRAFANA_ROW = /^"?(?:1\d{12}|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})?)"?[,;]"?-?[\d.]+(?: ?[^\d\s,;"][^,;"]*)?"?(?:[,;]|$)/

const escapeRegExp = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
