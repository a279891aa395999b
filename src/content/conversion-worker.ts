/**
 * Converts between spreadsheets and CSV in a thread of its own, with limits on time and memory: spreadsheets are compressed, may come from
 * anyone, and the library reads them in one go.
 */
import * as spreadsheets from '@e965/xlsx'
import { parentPort, workerData } from 'node:worker_threads'
import { inflateRawSync } from 'node:zlib'
import { csvField, readCsv } from '../base/csv.ts'
import { Fault } from '../base/fault.ts'

export type Conversion = { readonly to: 'csv'; readonly bytes: Uint8Array } | { readonly to: 'xls' | 'xlsx'; readonly bytes: Uint8Array }

/** `problem`: what is wrong with the input, as the end of a sentence. */
export type ConversionResult = { readonly bytes: Uint8Array } | { readonly problem: string }

/** Maximum total size, in bytes, of the unpacked parts of an xlsx file. */
const MAX_UNFOLDED = 200_000_000
/** Limits of an xls sheet. */
const MAX_XLS_ROWS = 65_536
const MAX_XLS_COLUMNS = 256
const MAX_CELL = 32_767

class Problem extends Error {}

function toCsv(bytes: Uint8Array): Uint8Array {
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b
  const isCompound = bytes[0] === 0xd0 && bytes[1] === 0xcf && bytes[2] === 0x11 && bytes[3] === 0xe0
  // The library accepts almost anything as a table; a file named .xls must really be one.
  if (!isZip && !isCompound) throw new Problem('is neither an xls nor an xlsx file')
  if (isZip) requireBounded(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  if (isCompound && bytes.length < 512) throw new Problem('is no complete xls file')
  let rows: unknown[][]
  try {
    const book = spreadsheets.read(bytes, {
      type: 'array',
      dense: true,
      sheets: 0,
      cellDates: true,
      cellFormula: false,
      cellHTML: false,
      cellText: false,
      UTC: true,
    })
    const sheet = book.Sheets[book.SheetNames[0] ?? '']
    if (!sheet) throw new Problem('holds no sheet')
    rows = spreadsheets.utils.sheet_to_json<unknown[]>(sheet, { header: 1, raw: true, blankrows: true, defval: '', UTC: true })
  } catch (error) {
    if (error instanceof Problem) throw error
    throw new Problem(`can't be read as a spreadsheet (${error instanceof Error ? error.message : String(error)})`)
  }
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0)
  return Buffer.from(
    rows.map((row) => `${Array.from({ length: width }, (_, column) => csvField(textOf(row[column]))).join(',')}\n`).join(''),
  )
}

/** Numbers in full, however the sheet rounds them for display; dates in the form that sorts. */
function textOf(cell: unknown): string {
  if (cell instanceof Date) {
    const text = Number.isNaN(cell.getTime()) ? '' : cell.toISOString().replace('T', ' ').replace('Z', '')
    return text.replace(/\.000$/, '').replace(/ 00:00:00$/, '')
  }
  if (typeof cell === 'string' || typeof cell === 'number' || typeof cell === 'boolean') return String(cell)
  return ''
}

/** Unpacks each part of the zip once, to see that their total size is within the limit, whatever its headers say. */
function requireBounded(zip: Buffer): void {
  let left = MAX_UNFOLDED
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
  if (end < 0 || end + 22 > zip.length) throw new Problem('is no complete xlsx file')
  const count = zip.readUInt16LE(end + 10)
  let at = zip.readUInt32LE(end + 16)
  for (let entry = 0; entry < count; entry++) {
    if (at + 46 > zip.length || zip.readUInt32LE(at) !== 0x02014b50) throw new Problem('is no sound xlsx file')
    const local = zip.readUInt32LE(at + 42)
    const packed = zip.readUInt32LE(at + 20)
    if (local + 30 > zip.length || zip.readUInt32LE(local) !== 0x04034b50) throw new Problem('is no sound xlsx file')
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    const method = zip.readUInt16LE(at + 10)
    if (method === 8) {
      try {
        left -= inflateRawSync(zip.subarray(start, start + packed), { maxOutputLength: Math.max(1, left) }).length
      } catch (error) {
        if (error instanceof RangeError) throw new Problem(`unfolds to more than ${MAX_UNFOLDED} bytes`)
        throw new Problem('is no sound xlsx file')
      }
    } else left -= packed
    if (left <= 0) throw new Problem(`unfolds to more than ${MAX_UNFOLDED} bytes`)
    at += 46 + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
}

/** Decimal numbers as people write them; text that only looks like one (a leading zero, twenty digits) stays text. */
const NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?$/

async function fromCsv(bytes: Uint8Array, to: 'xls' | 'xlsx'): Promise<Uint8Array> {
  const rows: string[][] = []
  for await (const records of readCsv(ReadableStream.from([new TextDecoder().decode(bytes)])))
    for (const { fields } of records) rows.push(fields)
  if (to === 'xls' && rows.length > MAX_XLS_ROWS) throw new Problem(`has ${rows.length} rows; an xls file holds ${MAX_XLS_ROWS}`)
  // Text stays text, including formulas: a cell must never compute what a CSV field says.
  const cells = rows.map((row) => {
    if (to === 'xls' && row.length > MAX_XLS_COLUMNS) throw new Problem(`has ${row.length} columns; an xls file holds ${MAX_XLS_COLUMNS}`)
    return row.map((field) => {
      if (field.length > MAX_CELL) throw new Problem(`has a field of ${field.length} characters; a cell holds ${MAX_CELL}`)
      return NUMBER.test(field) ? Number(field) : field
    })
  })
  const book = spreadsheets.utils.book_new()
  spreadsheets.utils.book_append_sheet(book, spreadsheets.utils.aoa_to_sheet(cells), 'data')
  return new Uint8Array(
    spreadsheets.write(book, { type: 'buffer', bookType: to === 'xls' ? 'biff8' : 'xlsx', compression: true }) as Buffer,
  )
}

async function convert(conversion: Conversion): Promise<ConversionResult> {
  try {
    return { bytes: conversion.to === 'csv' ? toCsv(conversion.bytes) : await fromCsv(conversion.bytes, conversion.to) }
  } catch (error) {
    if (error instanceof Problem) return { problem: error.message }
    if (error instanceof Fault) return { problem: `can't be read as CSV (${error.message})` }
    throw error
  }
}

parentPort?.postMessage(await convert(workerData as Conversion))
