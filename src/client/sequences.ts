import type { IncomingMessage } from 'node:http'
import { Fault } from '../fault.ts'
import type { HttpClient } from './http-client.ts'
import { encodePath } from './http-client.ts'
import { readJsonLines } from './lines.ts'
import { resourceTypeName } from './types.ts'
import type { AppendAnswer, Bucket, DataType, Reading, Resource, Value } from './types.ts'
import { DATA_TYPES, RESOURCE_TYPES } from './types.ts'
import type { Resources } from './resources.ts'

export interface SequenceOptions {
  type: DataType
  units?: string
  decimals?: number
  /** Values kept; the oldest go first. */
  maxHistory?: number
  /** Seconds between values that are stored; 0, the default here, stores every value. */
  minStorageInterval?: number
}

export interface RangeOptions {
  /** Both ends are included. ISO 8601. */
  start?: string | undefined
  end?: string | undefined
  /** At most this many: the last ones of the range, or with ascending order the first. */
  count?: number | undefined
  order?: 'asc' | 'desc' | undefined
  /** Only values that contain this text. */
  text?: string | undefined
}

export interface NewValue {
  path: string
  /** ISO 8601, or seconds since 1970. */
  timestamp: string | number
  value: Value
}

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
      ...(options.maxHistory === undefined ? {} : { max_history: options.maxHistory }),
    })
  }

  /** @throws Fault invalid when there is something else at the path */
  async info(path: string): Promise<Resource> {
    const resource = await this.#resources.info(path)
    if (resource.type !== RESOURCE_TYPES.sequence) throw new Fault('invalid', `${path} is not a sequence but a ${resourceTypeName(resource.type)}.`)
    return resource
  }

  /**
   * Stores values with their own timestamps, in one durable step. Sent twice, nothing doubles.
   * @param values up to 100,000
   */
  async append(values: NewValue[]): Promise<AppendAnswer> {
    return this.#append(JSON.stringify(values), 'application/json')
  }

  /** As {@link append}, for text that is CSV already, with the header `path,timestamp,value`. */
  async appendCsv(csv: Buffer | string): Promise<AppendAnswer> {
    return this.#append(csv, 'text/csv')
  }

  /** The stored values of a range as they arrive, oldest first unless asked otherwise; all of them unless a count is given. */
  async *read(path: string, range: RangeOptions = {}): AsyncGenerator<Reading> {
    yield* readJsonLines<Reading>(await this.openRange(path, 'ndjson', range))
  }

  /** As {@link read}, as bytes: CSV with a header, or one JSON object a line. */
  async openRange(path: string, format: 'csv' | 'ndjson', range: RangeOptions = {}): Promise<IncomingMessage> {
    return this.#http.open('GET', `/resources${encodePath(path)}`, {
      query: { start_timestamp: range.start, end_timestamp: range.end, count: range.count, order: range.order, text: range.text, format },
    })
  }

  /** The last `count` values, oldest first. */
  async last(path: string, count: number): Promise<Reading[]> {
    const readings: Reading[] = []
    for await (const reading of this.read(path, { count, order: 'desc' })) readings.push(reading)
    return readings.reverse()
  }

  /** The range in at most `points` stretches of equal time, with least, greatest and mean of each. */
  async summarize(path: string, points: number, range: { start?: string | undefined; end?: string | undefined } = {}): Promise<Bucket[]> {
    const query = { max_points: points, start_timestamp: range.start, end_timestamp: range.end }
    return ((await this.#http.json('GET', `/resources${encodePath(path)}`, { query })) as { buckets: Bucket[] }).buckets
  }

  /** Removes a sequence's values, and keeps the sequence. */
  async clear(path: string): Promise<void> {
    await this.#http.json('DELETE', `/resources${encodePath(path)}`, { query: { data_only: true } })
  }

  async #append(body: Buffer | string, contentType: string): Promise<AppendAnswer> {
    return (await this.#http.json('POST', '/sequences/values', { body, contentType })) as AppendAnswer
  }
}
