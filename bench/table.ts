/** Formats measurements as a table. */
import { isMet, type Measurement } from './figure.ts'

/** Three significant digits, with separators of thousands: 14,800, 634, 1.38. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

function formatAim({ aim, unit }: Measurement): string {
  if (aim === undefined) return ''
  const [sign, bound] = aim.atLeast === undefined ? ['≤', aim.atMost ?? Number.NaN] : ['≥', aim.atLeast]
  return `${sign} ${formatBound(bound)}${aim.of === 'ratio' ? ' × bare' : ` ${unit}`}`
}

const formatBound = (bound: number): string => (bound >= 1_000 ? formatNumber(bound) : String(bound))

/** `met`, or by how much it is missed, in percent of the aim. */
function formatVerdict(measurement: Measurement): string {
  const met = isMet(measurement)
  if (met === undefined) return ''
  if (met) return 'met'
  const { aim, figure, ratio } = measurement
  const bound = aim?.atLeast ?? aim?.atMost ?? Number.NaN
  const value = aim?.of === 'ratio' ? (ratio ?? Number.NaN) : figure
  return `MISSED by ${formatNumber((Math.abs(value - bound) / bound) * 100)}%`
}

export function formatTable(measurements: readonly Measurement[]): string {
  const rows = measurements.map((measurement) => [
    measurement.title,
    `${formatNumber(measurement.figure)} ${measurement.unit}`,
    measurement.bare === undefined ? '' : formatNumber(measurement.bare),
    measurement.ratio === undefined ? '' : measurement.ratio.toFixed(2),
    formatAim(measurement),
    formatVerdict(measurement),
    measurement.note ?? '',
  ])
  const table = [['figure', 'rhizo', 'bare', 'ratio', 'aim', '', 'note'], ...rows]
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length))) ?? []
  // Align numbers to the right, words to the left.
  const align = (cell: string, column: number): string =>
    column >= 1 && column <= 3 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
  return table.map((row) => row.map(align).join('  ').trimEnd()).join('\n')
}
