/**
 * Reads times as loggers, programs and people write them into tables. What a text says is not always a point in time yet: its zone may be
 * missing, and which number is the day.
 */
import { asciiDigits } from './digits.ts'
import { parseTimestamp, DAY, HOUR, MINUTE, SECOND, type Micros } from '../base/time.ts'

/** In which order three numbers of a date stand, where the first is no year of four digits. */
export type DateOrder = 'day-first' | 'month-first' | 'year-first'

export interface TimeText {
  /** The numbers of the date as they stand; `order` says which are which, undefined: not known. */
  readonly date: readonly [number, number, number]
  readonly order: DateOrder | undefined
  /** Whether only two digits of the year are given. */
  readonly isShort: boolean
  /** What the clock showed, since midnight; undefined: a date alone. */
  readonly clock: Micros | undefined
  /** How far the zone is ahead of UTC; undefined: none is given. */
  readonly offset: Micros | undefined
  /** A name of a zone that says not for sure how far that is ahead, or is that of a place. */
  readonly unknownZone?: string
  /** In exactly the form in which servers of the original write times, which are UTC. */
  readonly isOldServers: boolean
}

const HALF = String.raw`(?:\s*([AaPp])(?:\.?\s?[Mm]\.?)?(?![A-Za-z]))?`
/** Either colons part all of its numbers, or none: `010:00` is no time of a day. */
const CLOCK = String.raw`(?!\d{3,}:|\d{1,2}:\d{3})(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,:](\d{1,9}))?)?${HALF}`
const ZONE = String.raw`(?:\s*([Zz]|[A-Z][A-Za-z]{2,20}/[A-Za-z_]{3,30}|[A-Za-z]{2,5}|(?:(?:UTC|GMT)\s*)?[+-]\d{1,2}(?::?\d{2})?))?`
const TAIL = String.raw`(?:(?:[T_,:]\s*|\s+(?:at\s+)?)${CLOCK}${ZONE})?`
const WEEKDAY = String.raw`(?:\p{L}{2,12}\.?,?\s+)?`
const MONTH = String.raw`(\p{L}{3,12})`

const YEAR_FIRST = new RegExp(String.raw`^(\d{4})([-/.:])(\d{1,2})\2(\d{1,2})${TAIL}$`)
const ORDINAL = new RegExp(String.raw`^(\d{4})[-/:.](\d{3})${TAIL}$`)
/** A day of a week by ISO 8601, and a week, which is its Monday. */
const WEEK = new RegExp(String.raw`^(\d{4})-?W(\d{2})(?:-?([1-7]))?${TAIL}$`)
const NUMBERS = new RegExp(String.raw`^(\d{1,2})([-/.])\s?(\d{1,2})\2\s?(\d{4}|\d{2})${TAIL}$`)
const DAY_NAME = new RegExp(
  String.raw`^${WEEKDAY}(\d{1,2})(?:st|nd|rd|th)?(?:[-\s./]+|\s+de\s+)${MONTH}(?:[-\s.,/]+|\s+de\s+)(\d{4}|\d{2})${TAIL}$`,
  'u',
)
const NAME_DAY = new RegExp(String.raw`^${WEEKDAY}${MONTH}\.?[-\s]+(\d{1,2})(?:st|nd|rd|th)?[-,\s]+(\d{4})${TAIL}$`, 'u')
const YEAR_NAME = new RegExp(String.raw`^(\d{4})[-\s]${MONTH}[-\s](\d{1,2})${TAIL}$`, 'u')
const OF_C = new RegExp(String.raw`^[A-Za-z]{3}\s+${MONTH}\s+(\d{1,2})\s+${CLOCK}${ZONE}\s+(\d{4})$`, 'u')
const BASIC = new RegExp(String.raw`^(\d{4})(\d{2})(\d{2})[T _:]${CLOCK}${ZONE}$`)
const CLOCK_ONLY = new RegExp(`^${CLOCK}$`)
const OLD_SERVERS = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/

const MONTHS = new Map(
  [
    'jan january januar jän jänner janvier janv ene enero gen gennaio januari janeiro január ian ianuarie',
    'feb february februar février févr fév febrero febbraio februari fev fevereiro február febr februarie',
    'mar march mär märz mrz mars marzo mrt maart março marts március márc martie mart',
    'apr april avr avril abr abril aprile április ápr aprilie',
    'may mai mayo mag maggio mei maio maj május máj mayıs',
    'jun june juni juin junio giu giugno junho június jún iun iunie',
    'jul july juli juil juillet julio lug luglio julho július júl iul iulie',
    'aug august août aoû ago agosto augustus augusti augusztus',
    'sep sept september septembre septembra septiembre set setiembre settembre setembro szeptember szept septembrie',
    'oct october okt oktober octobre octubre ott ottobre out outubro október octombrie',
    'nov november novembre noviembre novembro noi noiembrie',
    'dec december dez dezember déc décembre dic diciembre dicembre dezembro des desember decembrie',
    // Names of their own, by language: Polish, Czech, Finnish, Turkish, Russian.
    'styczeń stycznia sty leden ledna led tammi tammikuu tammikuuta ocak oca январь января янв',
    'luty lutego lut únor února úno helmi helmikuu helmikuuta şubat şub февраль февраля февр фев',
    'marzec marca březen března bře maalis maaliskuu maaliskuuta март марта мар',
    'kwiecień kwietnia kwi duben dubna dub huhti huhtikuu huhtikuuta nisan nis апрель апреля апр',
    'maja květen května kvě touko toukokuu toukokuuta май мая',
    'czerwiec czerwca cze červen června čvn kesä kesäkuu kesäkuuta haziran haz июнь июня июн',
    'lipiec lipca lip červenec července čvc heinä heinäkuu heinäkuuta temmuz tem июль июля июл',
    'sierpień sierpnia sie srpen srpna srp elo elokuu elokuuta ağustos ağu август августа авг',
    'wrzesień września wrz září zář syys syyskuu syyskuuta eylül eyl сентябрь сентября сент сен',
    'październik października paź říjen října říj loka lokakuu lokakuuta ekim eki октябрь октября окт',
    'listopad listopada listopadu lis marras marraskuu marraskuuta kasım kas ноябрь ноября нояб ноя',
    'grudzień grudnia gru prosinec prosince pro joulu joulukuu joulukuuta aralık ara декабрь декабря дек',
  ].flatMap((names, at) => names.split(' ').map((name) => [name, (at % 12) + 1] as const)),
)

/** Hours ahead of UTC of abbreviations that mean one zone wherever loggers write them. */
const ZONES: Readonly<Record<string, number>> = {
  z: 0,
  utc: 0,
  gmt: 0,
  ut: 0,
  wet: 0,
  west: 1,
  cet: 1,
  mez: 1,
  cest: 2,
  mesz: 2,
  eet: 2,
  eest: 3,
  msk: 3,
  eat: 3,
  sast: 2,
  pkt: 5,
  wib: 7,
  awst: 8,
  sgt: 8,
  hkt: 8,
  kst: 9,
  jst: 9,
  acst: 9.5,
  acdt: 10.5,
  aest: 10,
  aedt: 11,
  nzst: 12,
  nzdt: 13,
  ast: -4,
  adt: -3,
  est: -5,
  edt: -4,
  cst: -6,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
  akst: -9,
  akdt: -8,
  hst: -10,
}

/** How far a zone is ahead of UTC that is written as `Z`, `+02:00`, `GMT-5`, `CEST`; undefined when it is not known. */
export function offsetOf(zone: string): Micros | undefined {
  const text = zone.trim().toLowerCase()
  const known = ZONES[text]
  if (known !== undefined) return known * HOUR
  const parts = /^(?:utc|gmt)?\s*([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(text)
  if (!parts) return undefined
  const [, sign, hours, minutes] = parts
  const offset = Number(hours) * HOUR + Number(minutes ?? 0) * MINUTE
  return Number(hours) > 14 || Number(minutes ?? 0) > 59 ? undefined : sign === '-' ? -offset : offset
}

/** In some countries a clock's time is written with points: `10.05` after a date, `10.05.30` also alone. */
const DOTTED_TAIL = /(?<=^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:,? |T))(\d{1,2})\.(\d{2})(?:\.(\d{2}))?(?=$|[,\s+Z-])/
const DOTTED = /^(\d{1,2})\.(\d{2})\.(\d{2})(?=$|,)/

const withColons = (text: string): string =>
  text.includes(':') ? text : text.replace(DOTTED_TAIL, (_, hour: string, minute: string, second = '00') => `${hour}:${minute}:${second}`)

/** Half days and dates of East Asia and Greece, and letters whose accents stand beside them, as the patterns know them. */
function withUsualSigns(text: string): string {
  if (/^[\u0000-\u007f]*$/.test(text)) return text
  return HALF_DAYS.reduce(
    (given, [half, of]) => {
      const sign = of.exec(given)?.[0]
      return sign === undefined ? given : `${given.replace(sign, ' ').trim()} ${half}`
    },
    asciiDigits(text.normalize('NFC').replaceAll('\u2212', '-'), '.')
      .replace(/^(\d{4}) ?[年년] ?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일]/, '$1-$2-$3 ')
      .replace(/(\d{1,2}) ?[時时시点點] ?(\d{1,2}) ?[分분](?: ?(\d{1,2}) ?[秒초])?/, (_, ...clock: (string | undefined)[]) =>
        clock
          .slice(0, 3)
          .map((part = '0') => part.padStart(2, '0'))
          .join(':'),
      ),
  ).replaceAll(/\s+/g, ' ')
}

const HALF_DAYS = [
  ['AM', /上午|午前|오전|π\.? ?μ\.?/],
  ['PM', /下午|午後|오후|μ\.? ?μ\.?/],
] as const

/** Reads a text with a date, and a clock's time after it where there is one; undefined when it is none. */
export function readTimeText(given: string): TimeText | undefined {
  // Java writes the name of a zone behind its offset, and JavaScript, too.
  const bare = given
    .trim()
    .replace(/^'/, '')
    .replace(/(Z|[+-]\d\d:\d\d)\[[\w/+-]{1,40}\]$/, '$1')
    .replace(/(GMT[+-]\d{4}) \([^()]{1,50}\)$/, '$1')
    .replace(/(\d) Uhr$/, '$1')
    .replace(/ (\d{1,2}) ?h ?(\d{2})$/, ' $1:$2')
  if (bare.length < 6 || bare.length > 60) return undefined
  const text = withColons(withUsualSigns(bare))
  const first = text.charCodeAt(0)
  if (first >= 48 && first <= 57) {
    const dated = YEAR_FIRST.exec(text)
    if (dated) return compose([dated[1], dated[3], dated[4]], 'year-first', dated, 5, OLD_SERVERS.test(text))
    const numbers = NUMBERS.exec(text)
    if (numbers) {
      const isDots = numbers[2] === '.' && text.indexOf('.') < 3
      return compose([numbers[1], numbers[3], numbers[4]], isDots ? 'day-first' : undefined, numbers, 5)
    }
    const ordinal = ORDINAL.exec(text)
    if (ordinal) return ofOrdinal(Number(ordinal[1]), Number(ordinal[2]), compose([ordinal[1], '1', '1'], 'year-first', ordinal, 3))
    const week = WEEK.exec(text)
    if (week) return ofWeek(Number(week[1]), Number(week[2]), Number(week[3] ?? 1), compose([week[1], '1', '1'], 'year-first', week, 4))
    const basic = BASIC.exec(text)
    if (basic) return compose([basic[1], basic[2], basic[3]], 'year-first', basic, 4)
  }
  const day = DAY_NAME.exec(text)
  if (day) return compose([day[1], monthOf(day[2]), day[3]], 'day-first', day, 4)
  const name = NAME_DAY.exec(text)
  if (name) return compose([monthOf(name[1]), name[2], name[3]], 'month-first', name, 4)
  const year = YEAR_NAME.exec(text)
  if (year) return compose([year[1], monthOf(year[2]), year[3]], 'year-first', year, 4)
  const ofC = OF_C.exec(text)
  if (ofC) return compose([monthOf(ofC[1]), ofC[2], ofC[9]], 'month-first', ofC, 3)
  return undefined
}

const monthOf = (name: string | undefined): string | undefined => MONTHS.get((name ?? '').toLowerCase().replace('.', ''))?.toString()

type Parts = readonly (string | undefined)[]

/** @param at where in the parts the clock's five and the zone begin */
function compose(
  date: readonly [string | undefined, string | undefined, string | undefined],
  order: DateOrder | undefined,
  parts: Parts,
  at: number,
  isOldServers = false,
): TimeText | undefined {
  const [a, b, c] = date.map(Number) as [number, number, number]
  if (Number.isNaN(a + b + c)) return undefined
  const clock = parts[at] === undefined ? undefined : clockOf(parts, at)
  if (clock !== undefined && Number.isNaN(clock)) return undefined
  const zone = parts[at + 5]
  const offset = zone === undefined ? undefined : offsetOf(zone)
  const isNamed = zone !== undefined && offset === undefined
  if (isNamed && !/^[A-Z]{2,5}$|\//.test(zone)) return undefined
  const year = order === 'year-first' ? date[0] : date[2]
  return {
    date: [a, b, c],
    order,
    isShort: (year ?? '').length <= 2,
    clock,
    offset,
    isOldServers,
    ...(isNamed ? { unknownZone: zone } : {}),
  }
}

/** Microseconds since midnight, up to 24:00:00; NaN for no time of a day. */
function clockOf(parts: Parts, at: number): Micros {
  const [minute, second] = [Number(parts[at + 1]), Number(parts[at + 2] ?? 0)]
  const fraction = Math.round(Number(`0.${parts[at + 3] ?? '0'}`) * SECOND)
  const half = parts[at + 4]?.toLowerCase()
  let hour = Number(parts[at])
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return Number.NaN
    hour = (hour % 12) + (half === 'p' ? 12 : 0)
  }
  const clock = hour * HOUR + minute * MINUTE + second * SECOND + fraction
  return minute <= 59 && second <= 59 && (hour <= 23 || clock === DAY) ? clock : Number.NaN
}

/** The time of a day, such as `9:05`, `12:00a`, `9.05.30` or `23:59:59.5`; undefined when a text is none. */
export function readClock(text: string): Micros | undefined {
  const parts = CLOCK_ONLY.exec(
    withUsualSigns(text.trim())
      .replace(DOTTED, '$1:$2:$3')
      .replace(/^(\d{1,2}) ?h ?(\d{2})$/, '$1:$2')
      .replace(/ Uhr$/, ''),
  )
  if (!parts?.[0].includes(':')) return undefined
  const clock = clockOf(parts, 1)
  return Number.isNaN(clock) ? undefined : clock
}

/** The time of a day in digits: `905` and `0905` are 9:05, and with seconds `90536` and `090536` are 9:05:36; undefined when it is none. */
export function readDigitClock(text: string): Micros | undefined {
  const digits = /^\d{1,6}$/.test(text) ? Number(text) : undefined
  if (digits === undefined) return undefined
  const [minutes, second] = text.length > 4 ? [Math.floor(digits / 100), digits % 100] : [digits, 0]
  const clock = Math.floor(minutes / 100) * HOUR + (minutes % 100) * MINUTE + second * SECOND
  return minutes % 100 < 60 && second < 60 && clock <= DAY ? clock : undefined
}

/** A day in digits, as 20260131; undefined when it is none. */
export function readDigitDate(text: string): TimeText | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)$/.exec(text.trim())
  return parts ? compose([parts[1], parts[2], parts[3]], 'year-first', [], 0) : undefined
}

function ofOrdinal(year: number, day: number, read: TimeText | undefined): TimeText | undefined {
  const date = read && dateOfDay(year, day)
  return date && { ...read, date }
}

function ofWeek(year: number, week: number, day: number, read: TimeText | undefined): TimeText | undefined {
  // The fourth of January is always in the first week.
  const fourth = new Date(Date.UTC(year, 0, 4))
  const first = 4 - ((fourth.getUTCDay() + 6) % 7)
  const found = new Date(Date.UTC(year, 0, first + (week - 1) * 7 + day - 1))
  const hasWeek = week >= 1 && new Date(Date.UTC(year, 0, first + (week - 1) * 7 + 3)).getUTCFullYear() === year
  return read && hasWeek ? { ...read, date: [found.getUTCFullYear(), found.getUTCMonth() + 1, found.getUTCDate()] } : undefined
}

/** Year, month and day of the day of a year, from 1; undefined when the year has no such day. */
export function dateOfDay(year: number, day: number): [number, number, number] | undefined {
  const date = new Date(0)
  date.setUTCFullYear(year, 0, day)
  return day >= 1 && date.getUTCFullYear() === year ? [year, date.getUTCMonth() + 1, date.getUTCDate()] : undefined
}

/** What a clock at the place showed, as microseconds since it showed 1970-01-01T00:00; undefined for a day that does not exist. */
export function localOf({ date, order, isShort, clock }: TimeText, known: DateOrder): Micros | undefined {
  const [a, b, c] = date
  const used = order ?? known
  const [year, month, day] = used === 'day-first' ? [c, b, a] : used === 'month-first' ? [c, a, b] : [a, b, c]
  const full = isShort ? year + (year < 69 ? 2000 : 1900) : year
  const two = (number: number): string => String(number).padStart(2, '0')
  const midnight = parseTimestamp(`${String(full).padStart(4, '0')}-${two(month)}-${two(day)}T00:00:00Z`)
  return midnight === undefined ? undefined : midnight + (clock ?? 0)
}
