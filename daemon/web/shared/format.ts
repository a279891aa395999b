/** Formats values and times for people: the same on the server and in the browser. */

/** `4.5 °C`, with as many decimals as the sequence has; text values are cut to one line. */
export function formatValue(
  value: number | string,
  { decimals, units }: { decimals?: number | undefined; units?: string | undefined } = {},
): string {
  const text =
    typeof value === 'number' || (decimals !== undefined && value.trim() !== '' && Number.isFinite(Number(value)))
      ? formatNumber(Number(value), decimals)
      : firstLine(value)
  return units ? `${text}\u202f${showUnits(units)}` : text
}

/** A number with a fixed number of decimals, or as few digits as identify it; very large and small ones as powers of ten. */
export function formatNumber(value: number, decimals?: number): string {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size !== 0 && (size >= 1e15 || size < 1e-6)) return value.toExponential(3).replace('-', '\u2212').replace(/e\+?/, '\u202f×\u202f10^')
  const text = decimals === undefined ? String(Number(value.toPrecision(7))) : value.toFixed(Math.min(decimals, 20))
  return text.replace('-', '\u2212')
}

/** Replaces common ASCII spellings of units by their proper signs. */
export function showUnits(units: string): string {
  const known: Readonly<Record<string, string>> = {
    C: '°C',
    degC: '°C',
    F: '°F',
    degF: '°F',
    deg: '°',
    um: 'µm',
    us: 'µs',
    percent: '%',
    ohm: 'Ω',
    m2: 'm²',
    m3: 'm³',
  }
  return Object.hasOwn(known, units) ? (known[units] ?? units) : units
}

/** The first line of a text, at most `length` characters of it. */
export function firstLine(text: string, length = 80): string {
  const line = text.split('\n', 1)[0] ?? ''
  return line.length > length || line.length < text.trimEnd().length ? `${line.slice(0, length).trimEnd()}…` : line
}

const STEPS: readonly (readonly [seconds: number, unit: string])[] = [
  [31_557_600, 'year'],
  [2_629_800, 'month'],
  [604_800, 'week'],
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
]

/** `3 minutes ago`; `now` for the last few seconds, and `in 2 hours` for clocks that are ahead. Times in milliseconds. */
export function formatAge(time: number, now: number): string {
  const seconds = Math.round((now - time) / 1000)
  const size = Math.abs(seconds)
  if (size < 5) return 'now'
  const [length, unit] = STEPS.find(([step]) => size >= step) ?? [1, 'second']
  const count = Math.floor(size / length)
  const text = `${count} ${unit}${count === 1 ? '' : 's'}`
  return seconds < 0 ? `in ${text}` : `${text} ago`
}

/** A length of time with its two largest units: `2 h 10 min`. @param seconds also fractions, which are told below a minute */
export function formatLength(seconds: number): string {
  if (seconds < 60) return `${Number(seconds.toPrecision(3))}\u202fs`
  const units: readonly (readonly [number, string])[] = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
    [1, 's'],
  ]
  const whole = Math.round(seconds)
  const at = units.findIndex(([length]) => whole >= length)
  return units
    .slice(at, at + 2)
    .map(([length, name], place) => [place === 0 ? Math.floor(whole / length) : Math.floor((whole % (units[at]?.[0] ?? 1)) / length), name])
    .filter(([count], place) => place === 0 || count !== 0)
    .map(([count, name]) => `${count ?? ''}\u202f${name ?? ''}`)
    .join(' ')
}

/** `12.4 MB` */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  let size = bytes
  let at = 0
  while (size >= 999.5 && at < units.length - 1) {
    size /= 1000
    at++
  }
  return at === 0 ? `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}` : `${size < 9.95 ? size.toFixed(1) : Math.round(size)} ${units[at] ?? ''}`
}

/** `12,345` */
export const formatCount = (count: number): string => count.toLocaleString('en')

/** One format a zone: making one takes a hundred times as long as using it, and a page shows hundreds of times. */
const formats = new Map<string, Intl.DateTimeFormat>()
/** More zones than people of one lab use; beyond it, the formats are made again. */
const MOST_FORMATS = 50

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  })
  if (formats.size >= MOST_FORMATS) formats.clear()
  formats.set(timeZone, format)
  return format
}

/** `2026-01-31 12:00:05` in a time zone, UTC unless given. @param time milliseconds */
export function formatTime(time: number, timeZone = 'UTC'): string {
  const parts = formatOf(timeZone).formatToParts(time)
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? ''
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')}`
}
