/**
 * A process of its own for tests of several daemons: `node cluster-member.js FOLDER URL-OF-THE-DATABASE SETTINGS-AS-JSON`. Says its
 * ports on stdout.
 */
import { systemClock } from '../../src/base/clock.ts'
import { ClusterDaemon } from '../../daemon/cluster-daemon.ts'
import { labSettings } from './lab.ts'
import type { Log } from '../../src/base/log.ts'

const [, , folder = '', url = '', more = '{}'] = process.argv
const write =
  (level: string) =>
  (fields: object, message: string): void => {
    const { err } = fields as { err?: unknown }
    const text = err instanceof Error ? (err.stack ?? err.message) : ''
    process.stderr.write(`${process.pid} ${level} ${message} ${JSON.stringify(fields)} ${text}\n`)
  }
const log: Log = { debug: () => {}, info: write('info'), warn: write('warn'), error: write('error') }
const settings = labSettings(folder, {
  DATABASE_URI: url,
  CLUSTER: true,
  BULK_STORAGE: 'database',
  STORAGE_THRESHOLD: 1_000,
  SHUTDOWN_TIMEOUT: 2,
  ...(JSON.parse(more) as Record<string, unknown>),
})
const daemon = new ClusterDaemon(settings, { clock: systemClock, log, mqttTcpPort: 0, onFatal: () => process.exit(2) })
await daemon.start()
process.stdout.write(`${JSON.stringify({ url: daemon.url, mqttPort: daemon.mqttPort })}\n`)
process.once('SIGTERM', () => void daemon.stop().then(() => process.exit(0)))
