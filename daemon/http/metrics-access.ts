/** Who may read /metrics: everybody, who has the key, or no one; as the settings say. */
import type { IncomingMessage } from 'node:http'
import type { Context } from '../../src/context.ts'
import { Fault, notFound } from '../../src/base/fault.ts'
import { equalSecrets } from '../../src/base/secrets.ts'
import { metricsAccess } from '../../src/settings/metrics-access.ts'
import { isSystemAdmin } from '../../src/tree/actor.ts'
import { authenticate, parseAuthorization } from '../requests/authentication.ts'

/** @throws Fault not_found when they are off; unauthenticated, forbidden, throttled without the key */
export async function requireMetricsAccess(ctx: Context, incoming: IncomingMessage, address: string): Promise<void> {
  const access = metricsAccess(ctx.settings)
  if (access === 'open') return
  if (access === 'off') throw notFound('There are no metrics here: the setting METRICS is off.')
  const { METRICS_KEY: key } = ctx.settings
  const { authorization, cookie } = incoming.headers
  if (authorization !== undefined && key !== undefined && equalSecrets(parseAuthorization(authorization).key, key)) return
  if (authorization === undefined && cookie === undefined)
    throw new Fault(
      'unauthenticated',
      'Metrics are shown to who sends METRICS_KEY of the settings (Authorization: Bearer KEY), or is a system admin.',
    )
  // Wrong keys count, so that this one can't be guessed either.
  const { actor } = await authenticate(ctx, incoming.headers, address)
  if (!isSystemAdmin(actor))
    throw new Fault('forbidden', 'Metrics are shown to who sends METRICS_KEY of the settings, and to system admins.')
}
