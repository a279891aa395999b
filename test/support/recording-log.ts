/** A log that a test can look into. */
import type { Log } from '../../src/base/log.ts'

export class RecordingLog implements Log {
  /** Everything, whatever its level. */
  readonly lines: Record<string, unknown>[] = []
  readonly warnings: Record<string, unknown>[] = []

  debug(fields: object, message: string): void {
    this.lines.push({ ...fields, message })
  }
  info(fields: object, message: string): void {
    this.debug(fields, message)
  }
  warn(fields: object, message: string): void {
    this.debug(fields, message)
    this.warnings.push({ ...fields, message })
  }
  error(fields: object, message: string): void {
    this.debug(fields, message)
  }
}
