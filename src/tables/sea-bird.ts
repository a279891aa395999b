/**
 * Data of CTDs of Sea-Bird (`.cnv`): lines with `*` and `#` name the columns, then rows with blanks between their fields. Source: Sea-Bird,
 * "SBE Data Processing" (7.26.8), section "Converted data file format", and its appendix on names of variables.
 */
import type { CountStart, ElapsedForm } from './elapsed.ts'
import type { Hints } from './known-formats.ts'
import { readTimeText, type TimeText } from './time-text.ts'

export const isSeaBird = (head: readonly string[]): boolean => /^\* ?Sea-?Bird/i.test(head[0] ?? '') && head.some((line) => END.test(line))

const END = /^\*END\*/
const NAME = /^# name (\d+) = ([^:]+): (.*)$/

/** Names of columns with times: how they count, and from when. */
const TIMES: Readonly<Record<string, { readonly form: ElapsedForm; readonly from: 'start' | 'year' | '1970' | '2000' }>> = {
  timeS: { form: 'elapsed-s', from: 'start' },
  timeM: { form: 'elapsed-min', from: 'start' },
  timeH: { form: 'elapsed-h', from: 'start' },
  timeJ: { form: 'elapsed-d', from: 'year' },
  timeJV2: { form: 'elapsed-d', from: 'year' },
  timeK: { form: 'elapsed-s', from: '2000' },
  timeQ: { form: 'elapsed-s', from: '2000' },
  timeY: { form: 'elapsed-s', from: '1970' },
  timeN: { form: 'elapsed-s', from: '1970' },
}

/** Those that name a moment, before those that count from the file's start. */
const PREFERRED = ['timeY', 'timeK', 'timeN', 'timeQ', 'timeJV2', 'timeJ', 'timeS', 'timeM', 'timeH']

export function seaBirdHints(head: readonly string[]): Hints {
  const columns = head.flatMap((line) => {
    const [, , name = '', words] = NAME.exec(line) ?? []
    return words === undefined ? [] : [{ name: name.trim(), header: headerOf(words) }]
  })
  const headers = columns.map(({ name, header }) => (name in TIMES ? `${name}: ${header}` : header))
  const time = PREFERRED.find((name) => columns.some((column) => column.name === name))
  const start = time === undefined ? undefined : startOf(head, time)
  const bad = head.map((line) => /^# bad_flag = (\S+)/.exec(line)?.[1]).find((flag) => flag !== undefined)
  return {
    delimiter: 'blanks',
    headers,
    first: head.findIndex((line) => END.test(line)) + 1,
    ...(time === undefined ? {} : { time: [headers[columns.findIndex(({ name }) => name === time)] ?? ''], counts: TIMES[time]?.form }),
    ...(start ? { start } : {}),
    ...(bad === undefined ? {} : { missing: [bad] }),
    ignored: /^flag$|^time[A-Z]\w*: /,
  }
}

/** `Temperature [ITS-90, deg C]`: the unit is the last of what stands in the brackets. */
function headerOf(words: string): string {
  const text = words.trim()
  const open = text.endsWith(']') ? text.lastIndexOf('[') : -1
  const unit = text
    .slice(open + 1, -1)
    .split(', ')
    .at(-1)
  return open < 0 ? text : `${text.slice(0, open)}[${unit}]`
}

function startOf(head: readonly string[], time: string): CountStart | undefined {
  const line = head.findIndex((one) => one.startsWith('# start_time = '))
  const shown = (head[line] ?? '').slice('# start_time = '.length).split('[', 1).join('').trim()
  const text = readTimeText(shown)
  const from = TIMES[time]?.from
  const made = (year: number, month: number, day: number): TimeText => ({
    date: [year, month, day],
    order: 'year-first',
    isShort: false,
    clock: 0,
    // What counts from 1970 is as UTC counts; the others show the clock of the instrument.
    offset: from === '1970' ? 0 : undefined,
    isOldServers: false,
  })
  if (from === '1970' || from === '2000') return { text: made(Number(from), 1, 1), shown: `${from}-01-01`, line: undefined, name: time }
  if (!text) return undefined
  if (from === 'start') return { text, shown, line: line + 1, name: 'start_time' }
  // The first of January is day 1.
  const year = text.date[2]
  return { text: made(year - 1, 12, 31), shown: `the year ${year}`, line: line + 1, name: 'start_time' }
}
