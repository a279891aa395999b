/**
 * Feeds of emoncms, as its documentation of the engines has them. PHPFina: `ID.meta` (16 bytes: two unused, then interval and start in
 * seconds, little-endian) and `ID.dat`, a float32 for each interval, NaN where there is none. PHPTimeSeries: `feed_ID.MYD`, records of 9
 * bytes: one of no meaning, time in seconds, float32.
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { invalid } from '../base/fault.ts'
import { isObject, parseJson } from '../base/json.ts'
import { readBytesNow, readTextNow, streamFile } from '../base/regular-files.ts'
import { SECOND } from '../base/time.ts'
import { shortestOfFloat, type ForeignValue, type ForeignValues } from './foreign-values.ts'

const RECORD_BYTES = 9
const META_BYTES = 16
/** 2100: a later time comes of a damaged record. */
const LATEST_SECONDS = 4_102_444_800

/**
 * @param place a file of a feed, or a folder of such
 * @param list what `feed/list.json` answers, in a file, by which feeds get their names; undefined: they are called `feed-ID`
 * @throws Fault invalid when there is no feed, or one of its files is damaged
 */
export async function* readEmoncms(place: string, list: string | undefined): ForeignValues & AsyncGenerator<readonly ForeignValue[]> {
  const names = list === undefined ? new Map<string, string>() : readNames(list)
  const files = findFeeds(place)
  if (files.length === 0)
    throw invalid(`${place} holds no feed of emoncms. Name the folder phpfina or phptimeseries, or a file ID.meta or feed_ID.MYD.`)
  for (const file of files) {
    const id = /(?<!\d)(\d+)\.\w+$/.exec(file)?.[1] ?? ''
    const series = names.get(id) ?? `feed-${id}`
    yield* file.endsWith('.meta') ? readFina(file, series) : readTimeSeries(file, series)
  }
}

const isFeed = (name: string): boolean => /^\d+\.meta$/.test(name) || /^feed_\d+\.MYD$/.test(name)

function findFeeds(place: string): string[] {
  const status = statSync(place, { throwIfNoEntry: false })
  if (!status) throw invalid(`There is no file or folder ${place}.`)
  if (status.isDirectory())
    return readdirSync(place, { recursive: true, encoding: 'utf8' })
      .filter((name) => isFeed(basename(name)))
      .sort()
      .map((name) => join(place, name))
  const feed = place.replace(/\.dat$/, '.meta')
  return isFeed(basename(feed)) ? [feed] : []
}

/** `tag name` by id. */
function readNames(file: string): Map<string, string> {
  const list = parseJson(readTextNow(file, { once: true }), file)
  if (!Array.isArray(list)) throw invalid(`${file} must hold a JSON list of feeds, as feed/list.json of emoncms answers.`)
  const names = new Map<string, string>()
  for (const feed of list as unknown[]) {
    const { id, name, tag } = isObject(feed) ? feed : {}
    if (typeof name !== 'string' || name === '') continue
    names.set(String(id), typeof tag === 'string' && tag !== '' ? `${tag} ${name}` : name)
  }
  return names
}

async function* readFina(meta: string, series: string): AsyncGenerator<readonly ForeignValue[]> {
  const header = readBytesNow(meta)
  const data = join(dirname(meta), basename(meta).replace(/\.meta$/, '.dat'))
  if (header.length < META_BYTES || !existsSync(data)) throw invalid(`${meta} is cut short, or has no file ${basename(data)} beside it.`)
  const [interval, start] = [header.readUInt32LE(8), header.readUInt32LE(12)]
  if (interval === 0) throw invalid(`${meta} says that the feed has an interval of 0 seconds.`)
  let at = 0
  for await (const records of recordsOf(data, 4)) {
    const batch: ForeignValue[] = []
    for (let offset = 0; offset < records.length; offset += 4, at++) {
      const value = records.readFloatLE(offset)
      if (Number.isFinite(value)) batch.push({ series, time: (start + at * interval) * SECOND, value: shortestOfFloat(value) })
    }
    yield batch
  }
}

async function* readTimeSeries(file: string, series: string): AsyncGenerator<readonly ForeignValue[]> {
  for await (const records of recordsOf(file, RECORD_BYTES)) {
    const batch: ForeignValue[] = []
    for (let offset = 0; offset < records.length; offset += RECORD_BYTES) {
      const [seconds, value] = [records.readUInt32LE(offset + 1), records.readFloatLE(offset + 5)]
      if (Number.isFinite(value) && seconds > 0 && seconds < LATEST_SECONDS)
        batch.push({ series, time: seconds * SECOND, value: shortestOfFloat(value) })
    }
    yield batch
  }
}

/** Whole records; a last one that is cut short is left out. */
async function* recordsOf(file: string, size: number): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0)
  for await (const chunk of streamFile(file)) {
    const bytes = Buffer.concat([rest, chunk as Buffer])
    const whole = bytes.length - (bytes.length % size)
    yield bytes.subarray(0, whole)
    rest = bytes.subarray(whole)
  }
}
