/** The daemon's logger: pino, one JSON object a line on stderr. */
import { pino, type Logger } from 'pino'
import { escapeHiddenInLines } from '../src/base/hidden-text.ts'
import { LogFile } from './log-file.ts'
import type { Settings } from '../src/settings/settings.ts'

/** Fields that may contain secrets; redacted at the top level and one level below. */
const SECRETS = [
  'password',
  'key',
  'secret_key',
  'secretKey',
  'token',
  'authorization',
  'cookie',
  'headers.authorization',
  'headers.cookie',
]

export function createLogger(settings: Pick<Settings, 'DEBUG'>): Logger {
  // A log is read in terminals, which what is logged must not drive. JSON that is escaped so means the same.
  const file = new LogFile(2, describeLoss)
  return pino(
    {
      level: settings.DEBUG ? 'debug' : 'info',
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: SECRETS.flatMap((name) => [name, `*.${name}`]),
    },
    { write: (line) => file.write(escapeHiddenInLines(line)) },
  )
}

/** @returns the line that tells of lines that could not be written */
function describeLoss(lost: number): string {
  const message = `lines of this log that could not be written (a full disk, or a pipe that was closed) and are lost: ${lost}`
  return `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), lost, msg: message })}\n`
}
