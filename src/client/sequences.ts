/** Sequences and their values, over HTTP. */
import type { IncomingMessage } from 'node:http'
import { ALL_VALUES } from '../wire/new-sequence.ts'
import type { ChangeAnswer, SequenceReport, ShiftAnswer } from '../wire/answers.ts'
import { Fault } from '../base/fault.ts'
import { formatTimestamp, parseTimestamp, SECOND } from '../base/time.ts'
import type { ExportFormat } from '../wire/export-formats.ts'
import type { HttpClient } from './http-client.ts'
import { encodePath } from './http-client.ts'
import { readJsonLines } from './lines.ts'
import { resourceTypeName, DATA_TYPES, RESOURCE_TYPES, type DataTypeName } from '../wire/resource-types.ts'
import type { AppendAnswer, Bucket, Reading, Resource, Value } from './types.ts'
import type { Resources } from './resources.ts'

export interface SequenceOptions {
  type: DataTypeName
  units?: string
  decimals?: number
  /** How many values are kept; the oldest are removed first. Default: all, or 100,000 images. */
  maxHistory?: number
  /** Maximum age of values, such as `90d` or `2y`; `0`, the default, keeps them for ever. */
  maxAge?: string
  /** Minimum seconds between stored values; 0, the default here, stores every value. */
  minStorageInterval?: number
}

export interface RangeOptions {
  /** Both ends are included. ISO 8601. */
  start?: string | undefined
  end?: string | undefined
  /** At most this many: the last ones of the range, or the first with ascending order. */
  count?: number | undefined
  order?: 'asc' | 'desc' | undefined
  /** Only values that contain this text. */
  text?: string | undefined
  /** What was noted beside each value, as `note`; for bytes only. */
  notes?: boolean | undefined
  /** Masked values too; for bytes with a column `masked`. */
  masked?: boolean | undefined
  /** What is stored, neither masked nor calibrated. */
  raw?: boolean | undefined
}

export interface ExportOptions extends Pick<RangeOptions, 'start' | 'end'> {
  format: ExportFormat
  /** One row for each: `10m`, `1h`, `1d`; undefined: each value. */
  interval?: string | undefined
  /** With an interval, with commas between: mean, min, max, count, first, last, sum. */
  fields?: string | undefined
  /** wide: a column for each sequence, which is the default; long: a row for each value. */
  layout?: string | undefined
  /** Times are shown on the clock of this zone; undefined: in UTC. */
  timeZone?: string | undefined
  /** metric or us: numbers in units of that system, which the header says. */
  units?: string | undefined
}

/** Which values to remove: those in the range, both ends included, that meet the condition. */
export interface Doomed {
  /** ISO 8601. */
  start?: string | undefined
  end?: string | undefined
  /** For example `value > 95`, `value >= 10 and value < 20`, `contains "error"`. */
  where?: string | undefined
}

export interface NewValue {
  path: string
  /** ISO 8601, or seconds since 1970. */
  timestamp: string | number
  value: Value
}

/** A bucket as the API sends it, with times in seconds since 1970. */
type WireBucket = Omit<Bucket, 'first_timestamp' | 'last_timestamp'> & { first_timestamp: number; last_timestamp: number }

export class Sequences {
  readonly #http: HttpClient
  readonly #resources: Resources

  constructor(http: HttpClient, resources: Resources) {
    this.#http = http
    this.#resources = resources
  }

  async create(path: string, options: SequenceOptions): Promise<number> {
    return this.#resources.create(path, 'sequence', {
      data_type: DATA_TYPES[options.type],
      min_storage_interval: options.minStorageInterval ?? 0,
      ...(options.units === undefined ? {} : { units: options.units }),
      ...(options.decimals === undefined ? {} : { decimal_places: options.decimals }),
      ...(options.maxAge === undefined ? {} : { max_age: options.maxAge }),
      ...(options.maxHistory === undefined && options.type === 'image' ? {} : { max_history: options.maxHistory ?? ALL_VALUES }),
    })
  }

  /** @throws Fault invalid when there is something else at the path */
  async info(path: string): Promise<Resource> {
    const resource = await this.#resources.info(path)
    if (resource.type !== RESOURCE_TYPES.sequence)
      throw new Fault('invalid', `${path} is not a sequence but a ${resourceTypeName(resource.type)}.`)
    return resource
  }

  /**
   * Stores one value as a controller would: if the sequence's `min_storage_interval` has not passed yet, it goes to subscribers without
   * being stored.
   * @param timestamp ISO 8601; default: the server's time
   * @returns what became of it
   */
  async update(path: string, value: Value | Buffer, timestamp?: string): Promise<ChangeAnswer> {
    const data = Buffer.isBuffer(value) ? value : Buffer.from(String(value))
    return this.#resources.update(path, { data: data.toString('base64'), ...(timestamp === undefined ? {} : { timestamp }) })
  }

  /**
   * Stores values with their own timestamps, in one durable step, regardless of the `min_storage_interval`. Sending them twice stores them
   * once.
   * @param values up to 100,000
   */
  async append(values: NewValue[]): Promise<AppendAnswer> {
    return this.#append(JSON.stringify(values), 'application/json')
  }

  /**
   * Like {@link append}, for text that is already CSV, with the header `path,timestamp,value`.
   * @param counter what the counter counts from and shows now, in seconds, where timestamps are what it showed; with a controller's key
   */
  async appendCsv(csv: Buffer | string, counter?: { boot: string; monotonic_now: number }): Promise<AppendAnswer> {
    return this.#append(csv, 'text/csv', counter)
  }

  /** Yields the stored values of a range as they arrive, by default oldest first and all of them. */
  async *read(path: string, range: RangeOptions = {}): AsyncGenerator<Reading> {
    if (range.count !== undefined && range.order === undefined) {
      yield* await this.last(path, range.count, range)
      return
    }
    const response = await this.openRange(path, 'ndjson', range)
    if (response.headers['content-type']?.includes('ndjson') === true) {
      yield* readJsonLines<Reading>(response)
      return
    }
    response.destroy()
    yield* await this.#readImages(path, range)
  }

  /** The values of an image sequence are the ids of its revisions, with which the images themselves are read. */
  async #readImages(path: string, { start, end, count, order }: RangeOptions): Promise<Reading[]> {
    const [from, to] = [start, end].map((time) => (time === undefined ? undefined : parseTimestamp(time)))
    const newestFirst = (await this.#resources.revisions(path)).filter(({ timestamp }) => {
      const time = parseTimestamp(timestamp) ?? 0
      return time >= (from ?? -Infinity) && time <= (to ?? Infinity)
    })
    const ordered = order === 'desc' ? newestFirst : newestFirst.reverse()
    return ordered.slice(0, count).map(({ id, timestamp }) => ({ timestamp, value: id }))
  }

  /**
   * Like {@link read}, but returns bytes: CSV with the header `timestamp,value`, or one JSON object a line. A count selects the first ones
   * in the requested order.
   */
  async openRange(path: string, format: 'csv' | 'ndjson', range: RangeOptions = {}): Promise<IncomingMessage> {
    return this.#http.open('GET', `/resources${encodePath(path)}`, {
      query: {
        start_timestamp: range.start,
        end_timestamp: range.end,
        count: range.count,
        order: range.order,
        text: range.text,
        format,
        notes: range.notes === true ? 'column' : undefined,
        masked: range.masked === true ? 'include' : undefined,
        raw: range.raw === true ? true : undefined,
      },
    })
  }

  /**
   * Values of several sequences as one file, sent while it is read: bytes to be written as they come.
   * @param paths of sequences, or of folders, which stand for all sequences in them and below
   * @returns also what lies in the folders and can't be in such a file: how many, and the first paths
   */
  async export(
    paths: readonly string[],
    options: ExportOptions,
  ): Promise<{ content: IncomingMessage; leftOut: { count: number; paths: string[] } }> {
    const { start, end, timeZone, ...rest } = options
    const content = await this.#http.open('POST', '/exports', {
      json: {
        paths,
        ...(start === undefined ? {} : { start_timestamp: start }),
        ...(end === undefined ? {} : { end_timestamp: end }),
        ...(timeZone === undefined ? {} : { time_zone: timeZone, times: 'local' }),
        ...rest,
      },
    })
    const told = (name: string): string => String(content.headers[name] ?? '')
    const first = told('rhizo-left-out-paths')
    return {
      content,
      leftOut: {
        count: Number(told('rhizo-left-out')),
        paths: first === '' ? [] : (JSON.parse(decodeURIComponent(first)) as string[]),
      },
    }
  }

  /**
   * A data set to be cited, sent while it is made; see `rhizo cite`.
   * @param path of a sequence, or of a folder for all in it and below
   */
  async cite(path: string, { start, end }: Pick<RangeOptions, 'start' | 'end'> = {}): Promise<IncomingMessage> {
    return this.#http.open('GET', '/datasets', { query: { path, start_timestamp: start, end_timestamp: end } })
  }

  /** The last `count` values of the range, oldest first. */
  async last(path: string, count: number, range: RangeOptions = {}): Promise<Reading[]> {
    const readings: Reading[] = []
    for await (const reading of this.read(path, { ...range, count, order: 'desc' })) readings.push(reading)
    return readings.reverse()
  }

  /** Summarizes the range in at most `points` buckets of equal time, with minimum, maximum and mean of each. */
  async summarize(path: string, points: number, range: { start?: string | undefined; end?: string | undefined } = {}): Promise<Bucket[]> {
    const query = { max_points: points, start_timestamp: range.start, end_timestamp: range.end }
    const { points: buckets } = (await this.#http.json('GET', `/resources${encodePath(path)}`, { query })) as { points: WireBucket[] }
    const isoOf = (seconds: number): string => formatTimestamp(Math.round(seconds * SECOND))
    return buckets.map(({ first_timestamp: first, last_timestamp: last, ...rest }) => ({
      first_timestamp: isoOf(first),
      last_timestamp: isoOf(last),
      ...rest,
    }))
  }

  /** What a sequence contains, and how much space it takes. */
  async report(path: string): Promise<SequenceReport> {
    return (await this.#http.json('GET', '/sequences/info', { query: { path } })) as SequenceReport
  }

  /**
   * Moves the values of a range in time, all or none.
   * @param shift `by` is a duration, later or with a minus earlier: `3h`, `-90s`
   * @throws Fault conflict when values that stay lie where they would go
   */
  async shift(path: string, shift: { start: string; end: string; by: string; isTrial?: boolean }): Promise<ShiftAnswer> {
    const { start, end, by, isTrial = false } = shift
    const json = { path, start_timestamp: start, end_timestamp: end, by, dry_run: isTrial }
    return (await this.#http.json('POST', '/sequences/shift', { json })) as ShiftAnswer
  }

  /** Removes all values of a sequence, and keeps the sequence. */
  async clear(path: string): Promise<void> {
    await this.#http.json('DELETE', `/resources${encodePath(path)}`, { query: { data_only: true } })
  }

  /** Removes values permanently. @returns how many */
  async removeValues(path: string, doomed: Doomed): Promise<number> {
    return ((await this.#delete(path, doomed, false)) as { deleted: number }).deleted
  }

  /** How many values {@link removeValues} would remove. */
  async countDoomed(path: string, doomed: Doomed): Promise<number> {
    return ((await this.#delete(path, doomed, true)) as { matching: number }).matching
  }

  async #delete(path: string, { start, end, where }: Doomed, isTrial: boolean): Promise<unknown> {
    return this.#http.json('DELETE', `/resources${encodePath(path)}`, {
      query: { data_only: true, start_timestamp: start, end_timestamp: end, where, dry_run: isTrial ? true : undefined },
    })
  }

  async #append(body: Buffer | string, contentType: string, query: Record<string, string | number> = {}): Promise<AppendAnswer> {
    return (await this.#http.json('POST', '/sequences/values', { body, contentType, query })) as AppendAnswer
  }
}
