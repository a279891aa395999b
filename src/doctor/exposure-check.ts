/** Checks how the server can be reached from other machines: in plain, with open metrics, or without saying what it needs to say. */
import { isInNetworks, parseNetwork } from '../base/networks.ts'
import { metricsAccess } from '../settings/metrics-access.ts'
import type { Settings } from '../settings/settings.ts'
import type { Report } from './report.ts'

const SETUP = 'docs/security.md says how'
const LOOPBACK = ['127.0.0.0/8', '::1'].flatMap((text) => parseNetwork(text) ?? [])

/** Whether other machines can reach what listens at this address. */
const isOutside = (address: string): boolean => address !== 'localhost' && !isInNetworks(address, LOOPBACK)

/** Whether people of other machines come to this server, directly or by a proxy. */
export const isReached = ({ LISTEN_ADDRESS: address, PUBLIC_URL }: Settings): boolean => isOutside(address) || PUBLIC_URL !== undefined

export function checkExposure(report: Report, settings: Settings): void {
  const { LISTEN_ADDRESS: address, PUBLIC_URL, SSL, FORCE_SSL, PRODUCTION } = settings
  const warn = (name: string, problem: string, advice: string): void => report.warn('exposure', name, problem, advice)
  const hasHttps = SSL || PUBLIC_URL?.startsWith('https://') === true
  if (isOutside(address)) {
    checkTransport(report, settings, hasHttps)
    if (metricsAccess(settings) === 'open')
      warn(
        '/metrics',
        `is open to everybody who reaches ${address}: how many controllers are silent, which calls are used, which versions run`,
        'Set METRICS_KEY, and give it to Prometheus, or METRICS: off.',
      )
  }
  if (FORCE_SSL && PUBLIC_URL?.startsWith('https://') !== true)
    warn('FORCE_SSL', 'does not know where to lead to, except for the own names of this machine', 'Set PUBLIC_URL to the https address.')
  if (!PRODUCTION && isReached(settings))
    warn(
      'PRODUCTION',
      'is not set, though other people reach this server: no mail, text message or webhook leaves it, alarms among them',
      'Set PRODUCTION: true, unless this server is only for trials.',
    )
}

function checkTransport(report: Report, settings: Settings, hasHttps: boolean): void {
  const { LISTEN_ADDRESS: address, MQTT_EMBEDDED, MQTT_TCP_PORT, trustedProxies } = settings
  const warn = (name: string, problem: string, advice: string): void => report.warn('exposure', name, problem, advice)
  if (!hasHttps)
    warn(
      'LISTEN_ADDRESS',
      `is ${address}, and nothing says that people come by https: who is between them and the server reads passwords, keys and values`,
      'Give the server a certificate (TLS_CERTIFICATE, "rhizo cert self"), or put a reverse proxy with TLS in front, and set ' +
        `LISTEN_ADDRESS: 127.0.0.1, SSL: true and PUBLIC_URL (${SETUP}).`,
    )
  // A proxy of another machine has to reach it.
  else if (settings.TLS_CERTIFICATE === undefined && trustedProxies.every(({ address: proxy }) => isInNetworks(proxy.toString(), LOOPBACK)))
    warn(
      'LISTEN_ADDRESS',
      `is ${address}: other machines reach the server past the proxy that speaks https, in plain`,
      'Set LISTEN_ADDRESS: 127.0.0.1, or TRUSTED_PROXIES to the proxy, if that is another machine.',
    )
  if (MQTT_EMBEDDED && MQTT_TCP_PORT !== 0)
    warn(
      'MQTT_TCP_PORT',
      `is open at ${address} in plain: the keys of controllers can be read on the way`,
      'Set MQTT_TCP_PORT: 0, and let controllers come by TLS (MQTT_TLS_CERTIFICATE), or by WebSocket through the proxy (/mqtt).',
    )
}
