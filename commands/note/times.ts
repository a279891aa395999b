/** When a note is about, as options say. */
import { invalid } from '../../src/base/fault.ts'
import { optionalTime } from '../support/time-option.ts'

/** @throws Fault invalid for times that don't go together */
export function timesOf(options: { at?: string | undefined; start?: string | undefined; end?: string | undefined }): {
  start: string | undefined
  end: string | undefined
} {
  if (options.at !== undefined && (options.start !== undefined || options.end !== undefined))
    throw invalid('Give --at for a moment, or --start and --end for a stretch of time.')
  return {
    start: optionalTime(options.at, '--at') ?? optionalTime(options.start, '--start'),
    end: optionalTime(options.end, '--end', true),
  }
}
