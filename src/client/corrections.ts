/** Masks and calibrations of sequences, over HTTP. */
import type { CalibrationInfo, MaskInfo } from '../wire/answers.ts'
import type { HttpClient } from './http-client.ts'

export interface NewMask {
  /** Both ends are included. ISO 8601. */
  start?: string | undefined
  end?: string | undefined
  /** Only values like this: `value > 95`. */
  where?: string | undefined
  /** Why. */
  note?: string | undefined
}

export interface NewCalibration {
  /** From when on; the server's time unless given. */
  start?: string | undefined
  /** What is read is `value * scale + offset`. */
  scale?: number | undefined
  offset?: number | undefined
  /** In place of both: pairs of what the sensor said and what was right. */
  points?: readonly (readonly [number, number])[] | undefined
  note?: string | undefined
}

export class Corrections {
  readonly #http: HttpClient

  constructor(http: HttpClient) {
    this.#http = http
  }

  /** Marks values as bad: they stay stored, and reads leave them out. */
  async mask(path: string, { start, end, where, note }: NewMask): Promise<MaskInfo> {
    return withoutStatus(
      await this.#http.json('POST', '/sequences/masks', { json: { path, start_timestamp: start, end_timestamp: end, where, note } }),
    ) as MaskInfo
  }

  /** The masks of a sequence, the newest first. */
  async masks(path: string): Promise<MaskInfo[]> {
    return ((await this.#http.json('GET', '/sequences/masks', { query: { path } })) as { masks: MaskInfo[] }).masks
  }

  /** Takes a mask off. */
  async unmask(path: string, id: number): Promise<MaskInfo> {
    return withoutStatus(await this.#http.json('DELETE', '/sequences/masks', { query: { path, id } })) as MaskInfo
  }

  /** Has values be read otherwise from a time on. */
  async calibrate(path: string, { start, ...how }: NewCalibration): Promise<CalibrationInfo> {
    return withoutStatus(
      await this.#http.json('POST', '/sequences/calibrations', { json: { path, start_timestamp: start, ...how } }),
    ) as CalibrationInfo
  }

  /** The calibrations of a sequence, the latest first. */
  async calibrations(path: string): Promise<CalibrationInfo[]> {
    const answer = await this.#http.json('GET', '/sequences/calibrations', { query: { path } })
    return (answer as { calibrations: CalibrationInfo[] }).calibrations
  }

  async uncalibrate(path: string, id: number): Promise<CalibrationInfo> {
    return withoutStatus(await this.#http.json('DELETE', '/sequences/calibrations', { query: { path, id } })) as CalibrationInfo
  }
}

function withoutStatus(answer: unknown): object {
  const { status: _, ...rest } = answer as { status: string }
  return rest
}
