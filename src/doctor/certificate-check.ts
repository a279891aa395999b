/** Checks the certificates for TLS: whether the server can use them, and for how long. */
import { HTTPS_PAIR, mqttPair, readPair } from '../certificates/certificate-files.ts'
import { readFacts } from '../certificates/self-signed.ts'
import { Fault } from '../base/fault.ts'
import type { Settings } from '../settings/settings.ts'
import type { Report } from './report.ts'

const DAY_MS = 86_400_000
/** Programs that renew certificates do it well before. */
const SOON_DAYS = 14

/** @param now milliseconds since 1970 */
export function checkCertificates(report: Report, settings: Settings, now: number): void {
  const pairs = new Map([HTTPS_PAIR, mqttPair(settings)].map((names) => [names.certificate, names]))
  for (const [name, names] of pairs) {
    try {
      const pair = readPair(settings, names)
      if (!pair) continue
      const days = Math.floor((readFacts(pair.cert.toString('utf8')).until - now) / DAY_MS)
      if (days >= SOON_DAYS) continue
      report.warn(
        'exposure',
        name,
        days < 0 ? 'has ended: browsers and devices refuse it' : `ends in ${days} days`,
        'Renew it: "rhizo cert self --renew", or whatever program fetches it. The server reads it again within 10 seconds.',
      )
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      report.error('exposure', name, error.message, 'Correct it, or take both settings out. The server does not start until then.')
    }
  }
}
