/** The daemon's logger: pino, one JSON object a line on stderr, or readable lines when stderr is a terminal. */
import { pino, type Logger } from 'pino'
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
  return pino(
    {
      level: settings.DEBUG ? 'debug' : 'info',
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: SECRETS.flatMap((name) => [name, `*.${name}`]),
    },
    pino.destination({ dest: 2, sync: true }),
  )
}
