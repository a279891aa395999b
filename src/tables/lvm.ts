/**
 * LabVIEW's measurement files (.lvm), after National Instruments' description of version 2: a header of names and values, then packets,
 * each with a header of its own, its start among it, and rows of one X for all channels, one for each, or none.
 */
import { invalid } from '../base/fault.ts'
import { quote } from '../base/quote.ts'
import type { LineBatch } from './lines.ts'
import type { RecordReader, TableRecord } from './records.ts'
import { readTimeNumber } from './time-numbers.ts'
import { formatTimestamp } from '../base/time.ts'

const END_OF_HEADER = '***End_of_Header***'
const FIRST = /^LabVIEW Measurement\b/i

export const isLvm = (head: readonly string[]): boolean => FIRST.test(head.find((line) => line.trim() !== '')?.replace(/^\ufeff/, '') ?? '')

type XColumns = 'one' | 'multi' | 'no'

/** What the header of the file says, and that of its first packet. */
export interface LvmHead {
  readonly delimiter: ',' | '\t'
  readonly hasComma: boolean
  readonly xColumns: XColumns
  readonly isAbsolute: boolean
  /** Without the X, and the comment. */
  readonly channels: readonly string[]
  readonly units: readonly string[]
}

/** @throws Fault invalid saying what of the file is not taken */
export function readLvmHead(head: readonly string[]): LvmHead {
  const fields = new Map<string, string>()
  const delimiter = head.slice(0, 100).some((line) => /^Separator,/i.test(line) || /^LabVIEW Measurement,/i.test(line)) ? ',' : '\t'
  const end = head.findIndex((line) => line.startsWith(END_OF_HEADER))
  if (end < 0) throw invalid(`The file begins as one of LabVIEW, and has no line ${END_OF_HEADER}.`)
  for (const line of head.slice(0, end)) {
    const [name = '', value = ''] = line.split(delimiter)
    fields.set(name.trim().toLowerCase(), value.trim())
  }
  const xColumns = (fields.get('x_columns') ?? 'one').toLowerCase()
  if (xColumns !== 'one' && xColumns !== 'multi' && xColumns !== 'no')
    throw invalid(`X_Columns of the file of LabVIEW is ${quote(xColumns)}; it must be One, Multi or No.`)
  const preference = (fields.get('time_pref') ?? 'relative').toLowerCase()
  if (preference !== 'relative' && preference !== 'absolute')
    throw invalid(`Time_Pref of the file of LabVIEW is ${quote(preference)}; it must be Relative or Absolute.`)
  const packet = new Packet(fields)
  const labels = head.slice(end + 1).findIndex((line) => packet.take(line.split(delimiter)))
  if (labels < 0) throw invalid('The file of LabVIEW has no rows behind its headers.')
  const names = (head[end + 1 + labels] ?? '').split(delimiter)
  return {
    delimiter,
    hasComma: fields.get('decimal_separator') === ',',
    xColumns,
    isAbsolute: preference === 'absolute',
    ...packet.channelsOf(names, xColumns),
  }
}

/** Headers of the columns of the records that are made of it: the start and the count of seconds are the first two. */
export const lvmHeaders = ({ xColumns, channels, units }: LvmHead): readonly string[] =>
  xColumns === 'multi'
    ? ['start', 'elapsed', 'series', 'value']
    : ['start', 'elapsed', ...channels.map((name, at) => (units[at] ? `${name} [${units[at]}]` : name))]

/** What the header of a packet says. */
class Packet {
  readonly #ofFile: ReadonlyMap<string, string>
  #fields = new Map<string, readonly string[]>()
  #isSpecial = false
  /** Whether its header is over, so that a line of labels follows. */
  #isHeaded = false

  constructor(ofFile: ReadonlyMap<string, string>) {
    this.#ofFile = ofFile
  }

  /** @returns true for the line that names its columns, behind which rows follow */
  take(fields: readonly string[]): boolean {
    const [name = ''] = fields
    if (name === '***Start_Special***') this.#isSpecial = true
    else if (name === '***End_Special***') this.#isSpecial = false
    else if (this.#isSpecial || fields.every((field) => field.trim() === '')) return false
    else if (name === END_OF_HEADER) this.#isHeaded = true
    else if (this.#isHeaded || isLabel(fields)) return true
    else this.#fields.set(name.trim().toLowerCase(), fields.slice(1))
    return false
  }

  /** Of a channel; those of the whole file where its packet has none. */
  of(name: string, channel: number): string {
    const value = this.#fields.get(name)?.[channel]?.trim()
    return value || (this.#ofFile.get(name) ?? '')
  }

  /** @throws Fault invalid when its X is no time */
  channelsOf(labels: readonly string[], xColumns: XColumns): { channels: string[]; units: string[] } {
    const places = placesOf(labels, xColumns)
    const channels = places.map((place) => (labels[place] ?? '').trim())
    channels.forEach((channel, at) => {
      const dimension = this.of('x_dimension', at)
      if (dimension !== '' && dimension.toLowerCase() !== 'time')
        throw invalid(`X_Dimension of ${quote(channel)} is ${quote(dimension)}: its rows have no times, and can’t be brought in.`)
    })
    return { channels, units: channels.map((_, at) => this.of('y_unit_label', at)) }
  }

  /** When a channel's packet began, as text without a zone; undefined where nothing says so. */
  startOf(channel: number): string | undefined {
    const [date, time] = [this.of('date', channel), this.of('time', channel).replace(',', '.')]
    return date === '' || time === '' ? undefined : `${date} ${time.replace(/(\.\d{9})\d+$/, '$1')}`
  }
}

const isLabel = (fields: readonly string[]): boolean => /^X_Value$/i.test((fields[0] ?? '').trim())

/** Where the channels stand among the labels. */
function placesOf(labels: readonly string[], xColumns: XColumns): number[] {
  const all = labels.map((label) => label.trim())
  const end = /^comment$/i.test(all.at(-1) ?? '') ? all.length - 1 : all.length
  return all.flatMap((label, at) => (at >= end || label === '' || (xColumns === 'multi' ? at % 2 === 0 : at === 0) ? [] : [at]))
}

/** Makes records of the rows: start, count of seconds, and the channels; of X for each channel, a record a value. */
export class LvmReader {
  readonly #head: LvmHead
  readonly #records: RecordReader
  readonly #ofFile = new Map<string, string>()
  #isInFile = true
  #packet: Packet
  /** Places of the channels in the packet's rows; undefined: in a header. */
  #places: readonly number[] | undefined
  #names: readonly string[] = []
  /** Why the rows of this packet are not taken. */
  #problem: string | undefined
  #row = 0

  constructor(head: LvmHead, records: RecordReader) {
    this.#head = head
    this.#records = records
    this.#packet = new Packet(this.#ofFile)
  }

  push(batch: LineBatch): TableRecord[] {
    return this.#records.push(batch).flatMap((record) => this.#take(record))
  }

  #take(record: TableRecord): TableRecord[] {
    const { fields, problem } = record
    if (problem !== undefined) return [record]
    if (this.#isInFile) {
      if (fields[0] === END_OF_HEADER) this.#isInFile = false
      else this.#ofFile.set((fields[0] ?? '').trim().toLowerCase(), (fields[1] ?? '').trim())
      return []
    }
    if (this.#places && startsPacket(fields)) {
      this.#packet = new Packet(this.#ofFile)
      this.#places = undefined
    }
    if (this.#places) return this.#rowOf(record, this.#places)
    if (!this.#packet.take(fields)) return []
    this.#begin(fields)
    return []
  }

  #begin(labels: readonly string[]): void {
    const { xColumns, channels } = this.#head
    this.#places = placesOf(labels, xColumns)
    this.#names = this.#places.map((place) => (labels[place] ?? '').trim())
    this.#row = 0
    const isOther =
      xColumns !== 'multi' && (this.#names.length !== channels.length || this.#names.some((name, at) => name !== channels[at]))
    this.#problem = isOther
      ? `its packet has the channels ${this.#names.map((name) => quote(name)).join(', ')}, and the first one others`
      : undefined
    try {
      this.#packet.channelsOf(labels, xColumns)
    } catch (error) {
      this.#problem = error instanceof Error ? error.message.replace(/\.$/, '') : String(error)
    }
  }

  #rowOf({ line, text, fields }: TableRecord, places: readonly number[]): TableRecord[] {
    if (fields.every((field) => field.trim() === '')) return []
    const at = this.#row++
    if (this.#problem !== undefined) return [{ line, text, fields: [], problem: this.#problem }]
    const widest = (places.at(-1) ?? 0) + 1
    if (fields.length < widest)
      return [{ line, text, fields: [], problem: `it has ${fields.length} fields, and its packet ${widest} with its last channel` }]
    const cells = places.map((place) => this.#number(fields[place] ?? ''))
    if (this.#head.xColumns === 'multi')
      return places.flatMap((place, channel) => {
        const x = this.#xOf(fields[place - 1] ?? '', channel, at)
        return cells[channel] === '' ? [] : [{ line, text, fields: [...x, this.#names[channel] ?? '', cells[channel] ?? ''] }]
      })
    return [{ line, text, fields: [...this.#xOf(fields[0] ?? '', 0, at), ...cells] }]
  }

  /** The start and the count of a row of a channel. A time that is absolute is the start, with nothing to add. */
  #xOf(cell: string, channel: number, row: number): [start: string, elapsed: string] {
    const { xColumns, isAbsolute } = this.#head
    if (xColumns === 'no' || cell.trim() === '') {
      const [first, step] = [this.#packet.of('x0', channel), this.#packet.of('delta_x', channel)].map((text) =>
        Number(this.#number(text) || Number.NaN),
      )
      return [this.#packet.startOf(channel) ?? '', xColumns === 'no' ? String((first ?? 0) + row * (step ?? Number.NaN)) : '']
    }
    if (!isAbsolute) return [this.#packet.startOf(channel) ?? '', this.#number(cell)]
    const time = readTimeNumber(this.#number(cell), 'labview')
    return [time === undefined ? cell : formatTimestamp(time), '0']
  }

  #number(cell: string): string {
    return this.#head.hasComma ? cell.trim().replace(',', '.') : cell.trim()
  }
}

const startsPacket = ([name = '']: readonly string[]): boolean => /^(?:Channels|\*\*\*Start_Special\*\*\*)$/i.test(name.trim())
