/** Where web push may send: a browser names the address of its push service, so anybody with an account can name any. */
import { addressIn, isLocalName, isPrivateAddress } from '../base/networks.ts'
import type { Settings } from '../settings/settings.ts'
import { isNamedWebhookHost } from './recipients.ts'

const MAX_ENDPOINT = 2_000
/** The push services of Chrome, Firefox, Safari and Edge, which stay allowed where WEBHOOK_HOSTS lists hosts of webhooks. */
const KNOWN_SERVICES = /(?:^|\.)(?:fcm\.googleapis\.com|push\.services\.mozilla\.com|push\.apple\.com|notify\.windows\.com)$/

/** Why nothing is sent there; undefined: it may be, if the host is named by WEBHOOK_HOSTS or its name leads to a public address. */
export function reasonAgainstEndpoint(settings: Pick<Settings, 'WEBHOOK_HOSTS'>, endpoint: string): string | undefined {
  if (endpoint.length > MAX_ENDPOINT || /[\s\p{C}]/u.test(endpoint) || !URL.canParse(endpoint)) return 'It is no address.'
  const url = new URL(endpoint)
  if (url.protocol !== 'https:') return 'It is no https address.'
  if (url.username !== '' || url.password !== '') return 'It has a user name or password.'
  if (isNamedWebhookHost(settings, url)) return undefined
  const address = addressIn(url)
  if ((address !== undefined && isPrivateAddress(address)) || isLocalName(url))
    return 'It is in a private network, and the setting WEBHOOK_HOSTS does not name it.'
  if (settings.WEBHOOK_HOSTS.length > 0 && !KNOWN_SERVICES.test(url.hostname)) return 'The setting WEBHOOK_HOSTS does not name its host.'
  return undefined
}
