/** Shows how a file is read, and what would become of it, before anything is stored. */
import type { ImportedSequence, TableColumn, TableImportAnswer } from '../../../../src/wire/answers.ts'
import { formatCount, formatNumber, showUnits } from '../../shared/format.ts'
import { make } from '../dom.ts'
import { listOf, noticeOf, refusedList } from './parts.ts'

export interface PreviewState {
  readonly answer: TableImportAnswer
  /** Sentences that stop the import, in the words of the form. */
  readonly problems: readonly string[]
  /** All goes to one sequence, so one column is taken. */
  readonly isOne: boolean
  /** What names of sequences are shown below. */
  readonly folder: string
}

/** Whether a person chooses among series that rows name; where a column was named that tells them apart, it is among the other ones. */
export const choosesSeries = ({ columns, series }: Pick<TableImportAnswer, 'columns' | 'series'>): boolean =>
  series.length > 0 && columns.length === 0

/** What a person may take or leave: columns with values; or the series that rows name, which are numbered as the file names them. */
export const choicesOf = ({ columns, series }: Pick<TableImportAnswer, 'columns' | 'series'>): readonly TableColumn[] =>
  !choosesSeries({ columns, series })
    ? columns
    : series.map(({ name, is_taken }, at) => ({ number: at + 1, header: name, name: name || 'value', units: null, is_taken }))

/** Inputs of columns and series have `data-column`, with the number of theirs. */
export function showPreview({ answer, problems, isOne, folder }: PreviewState): Node[] {
  const choices = choicesOf(answer)
  return [
    ...problems.map((problem) => noticeOf('danger', problem)),
    ...answer.warnings.map((warning) => noticeOf('warning', warning)),
    ...(answer.refused > 0 ? [refusedList(answer)] : []),
    listOf('note', [...answer.read_as, ...spanOf(answer)]),
    choiceTable(choices, answer, isOne, folder),
    ...(answer.sample.length > 0 ? [sampleTable(answer)] : []),
  ]
}

function spanOf({ rows, first, last, time_zone: zone, time_zone_source: source, duplicates }: TableImportAnswer): string[] {
  const from = source === 'organization' ? ', the zone of the organization' : source === 'file' ? ', as the file says' : ''
  return [
    ...(zone === null ? [] : [`Times without a zone are read as those of ${zone}${from}.`]),
    ...(first && last
      ? [
          `${formatCount(rows)} ${rows === 1 ? 'row' : 'rows'}, from ${first.text} (stored as ${first.timestamp}) ` +
            `to ${last.text} (stored as ${last.timestamp}).`,
        ]
      : []),
    ...(duplicates > 0 ? [`${formatCount(duplicates)} values stand in the file more than once, and are taken once.`] : []),
  ]
}

/** The name of a sequence below the folder, or its whole path elsewhere. */
const below = (path: string, folder: string): string => (path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path)

/** What the field of a column shows. @param otherwise where its sequence is not below the folder */
function nameBelow(sequence: ImportedSequence | undefined, folder: string, column: TableColumn, otherwise?: string): string {
  if (!sequence) return column.name
  return otherwise !== undefined && !sequence.path.startsWith(`${folder}/`) ? otherwise : below(sequence.path, folder)
}

function choiceTable(choices: readonly TableColumn[], answer: TableImportAnswer, isOne: boolean, folder: string): HTMLTableElement {
  const { series, sequences } = answer
  const isOfSeries = choosesSeries(answer)
  const taken = choices.filter((column) => column.is_taken)
  const rows = choices.map((column) => {
    // Of devices that a column names each has its sequences, in the order of columns.
    const own = sequences.filter((_, at) => column.is_taken && at % taken.length === taken.indexOf(column))
    const sequence = own[0]
    const device = series.length > 0 && !isOfSeries ? `${folder}/${series[0]?.name ?? ''}` : undefined
    const header = column.header || (isOfSeries ? 'rows that name none' : `Column ${column.number}`)
    const box = make('input', {
      type: isOne ? 'radio' : 'checkbox',
      name: isOne ? 'only-column' : undefined,
      'data-column': String(column.number),
      'aria-label': `Take ${header}`,
    })
    box.checked = column.is_taken && !(isOne && sequence === undefined)
    const name = make('input', {
      type: 'text',
      'data-name': String(column.number),
      'aria-label': `Sequence for ${header}`,
      maxlength: '255',
      autocomplete: 'off',
    })
    name.value = device === undefined ? nameBelow(sequence, folder, column) : nameBelow(sequence, device, column, column.name)
    name.disabled = !column.is_taken
    return make(
      'tr',
      {},
      make('td', { class: 'is-tight' }, box),
      make('th', { scope: 'row' }, header),
      ...(isOne ? [] : [make('td', { 'data-label': 'Sequence' }, name)]),
      make('td', { 'data-label': 'Units' }, column.units === null ? '' : showUnits(column.units).trim()),
      make('td', { 'data-label': 'Values' }, own.length > 0 ? countsOf(own) : column.is_taken ? '' : 'left out'),
    )
  })
  return tableOf(['', isOfSeries ? 'Series' : 'Column', ...(isOne ? [] : ['Sequence']), 'Units', 'Values'], rows)
}

const tableOf = (headings: readonly string[], rows: readonly HTMLTableRowElement[]): HTMLTableElement =>
  make(
    'table',
    { class: 'table is-cards import-columns' },
    make('thead', {}, make('tr', {}, ...headings.map((text) => (text === '' ? make('td') : make('th', { scope: 'col' }, text))))),
    make('tbody', {}, ...rows),
  )

function countsOf(sequences: readonly ImportedSequence[]): string {
  const sum = (of: (sequence: ImportedSequence) => number): number => sequences.reduce((all, sequence) => all + of(sequence), 0)
  const parts: [number, string][] = [
    [sum(({ repeated }) => repeated), 'there already'],
    [sum(({ replaced }) => replaced), 'replaced'],
    [sum(({ missing }) => missing), 'missing'],
    [sum(({ refused }) => refused), 'refused'],
    [sum(({ expired }) => expired), 'too old to be kept'],
  ]
  const made = sum(({ is_new: isNew }) => Number(isNew))
  const news = made === 0 ? [] : [made === 1 ? 'a new sequence' : `${formatCount(made)} new sequences`]
  const others = parts.filter(([count]) => count > 0).map(([count, text]) => `${formatCount(count)} ${text}`)
  return [`${formatCount(sum(({ stored }) => stored))} to be stored`, ...others, ...news].join(', ')
}

function sampleTable({ sample, columns, sequences }: TableImportAnswer): HTMLElement {
  const taken = columns.filter((column) => column.is_taken)
  const headings =
    taken.length > 0 ? taken.map(({ header, number }) => header || `Column ${number}`) : sequences.length > 0 ? ['Value'] : []
  const show = (value: number | string | null): string => (value === null ? '–' : typeof value === 'number' ? formatNumber(value) : value)
  return make(
    'div',
    { class: 'table-frame', tabindex: '0', role: 'region', 'aria-label': 'The first rows' },
    make(
      'table',
      { class: 'table is-data' },
      make('thead', {}, make('tr', {}, ...['Line', 'Time (UTC)', ...headings].map((text) => make('th', { scope: 'col' }, text)))),
      make(
        'tbody',
        {},
        ...sample.map(({ line, timestamp, values }) =>
          make(
            'tr',
            {},
            make('th', { scope: 'row', class: 'row-number' }, String(line)),
            make('td', { class: 'is-nowrap' }, timestamp.replace('T', ' ').replace('Z', '')),
            ...values.map((value) => make('td', { class: typeof value === 'number' ? 'is-number' : 'is-long' }, show(value))),
          ),
        ),
      ),
    ),
  )
}
