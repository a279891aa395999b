/** What became of an import, in sentences. */
import { formatTimestamp } from '../../src/base/time.ts'
import type { ImportResult } from '../../src/client/csv-import.ts'
import type { PlainTable } from '../../src/tables/plain.ts'
import type { RefusedRow, TableImportAnswer } from '../../src/wire/answers.ts'
import { explainExpired } from './unstored.ts'

/** What became of a file of plain rows, in the same words as of any other. */
export function answerOfPlain(
  path: string,
  units: unknown,
  { rows, first, last }: PlainTable,
  { stored, repeated, refused, expired }: ImportResult,
  errors: RefusedRow[],
): TableImportAnswer {
  const markOf = ({ line, shown, time }: PlainTable['first']): TableImportAnswer['first'] => ({
    line,
    text: shown,
    timestamp: formatTimestamp(time),
  })
  return {
    import_id: null,
    dry_run: false,
    format: null,
    read_as: ['It is read as plain rows of timestamp,value.'],
    time_zone: null,
    time_zone_source: null,
    rows,
    first: markOf(first),
    last: markOf(last),
    columns: [],
    series: [],
    sequences: [
      {
        path,
        is_new: false,
        column: '',
        units: typeof units === 'string' ? units : null,
        stored,
        repeated,
        replaced: 0,
        missing: 0,
        refused,
        expired,
      },
    ],
    refused,
    errors,
    duplicates: 0,
    problems: [],
    warnings: expired > 0 ? [explainExpired(path, expired)] : [],
    sample: [],
  }
}

/** Sums over all sequences; `expired` only where there are some. */
export function totalsOf({ sequences, refused }: TableImportAnswer): {
  stored: number
  repeated: number
  replaced: number
  missing: number
  refused: number
  expired?: number
} {
  const sum = (field: 'stored' | 'repeated' | 'replaced' | 'missing' | 'expired'): number =>
    sequences.reduce((total, one) => total + one[field], 0)
  const expired = sum('expired')
  const totals = { stored: sum('stored'), repeated: sum('repeated'), replaced: sum('replaced'), missing: sum('missing'), refused }
  return expired === 0 ? totals : { ...totals, expired }
}

function storedSentence(answer: TableImportAnswer): string {
  const { stored, refused } = totalsOf(answer)
  return `${stored} ${stored === 1 ? 'value was' : 'values were'} stored, ${refused} refused.`
}

/** @param isWhole false: only what somebody has to look after */
export function explainImport(answer: TableImportAnswer, tell: (sentence: string) => void, isWhole: boolean): void {
  for (const { line, text, message } of answer.errors) tell(`line ${line}: ${message} ${JSON.stringify(text)}`)
  if (answer.refused > answer.errors.length) tell(`${answer.refused - answer.errors.length} more were refused.`)
  for (const sentence of [...answer.problems, ...answer.warnings]) tell(sentence)
  if (answer.refused > 0 && !isWhole) tell(storedSentence(answer))
  if (!isWhole && answer.time_zone_source === 'organization') tell(zoneSentence(answer))
  if (!isWhole) return
  for (const sentence of answer.read_as) tell(sentence)
  if (answer.time_zone !== null) tell(zoneSentence(answer))
  const { first, last } = answer
  if (first && last) {
    tell(`${answer.rows} rows, from "${first.text}" (line ${first.line}), stored as ${first.timestamp},`)
    tell(`to "${last.text}" (line ${last.line}), stored as ${last.timestamp}.`)
  }
  for (const { path, is_new, column, units, stored, repeated, replaced, missing, refused } of answer.sequences) {
    const parts = [
      `${stored} ${answer.dry_run ? 'would be stored' : 'stored'}`,
      ...(repeated > 0 ? [`${repeated} were there already`] : []),
      ...(replaced > 0 ? [`${replaced} ${answer.dry_run ? 'would be replaced' : 'replaced'}`] : []),
      ...(missing > 0 ? [`${missing} missing`] : []),
      ...(refused > 0 ? [`${refused} refused`] : []),
    ]
    tell(
      `${column === '' ? '' : `"${column}" → `}${path}${units === null ? '' : ` (${units})`}${is_new ? ', new' : ''}: ${parts.join(', ')}.`,
    )
  }
  if (answer.duplicates > 0) tell(`${answer.duplicates} values stood in the file more than once, and were taken once.`)
  if (answer.import_id !== null)
    tell(`This was import ${answer.import_id}; "rhizo seq import --undo ${answer.import_id}" removes what it brought.`)
}

function zoneSentence({ time_zone: zone, time_zone_source: source }: TableImportAnswer): string {
  const from =
    source === 'organization'
      ? ', the time zone of the organization; --time-zone names another'
      : source === 'file'
        ? ', as the file says'
        : ''
  return `Times without a zone are read in ${zone}${from}.`
}
