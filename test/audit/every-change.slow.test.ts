/** Calls each route that changes something, and looks into the audit trail. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { AuditKind } from '../../src/audit/kinds.ts'
import { auditedRoutes, ORIGIN } from '../support/audited-routes.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { startMailServer } from '../support/mail-server.ts'

const countOf = async ({ ctx }: Lab, kind: AuditKind): Promise<number> => {
  await ctx.audit.flush()
  const { count } = await ctx.db
    .selectFrom('audit_records')
    .select(({ fn }) => fn.sum<number | null>('count').as('count'))
    .where('kind', '=', kind)
    .executeTakeFirstOrThrow()
  return Number(count ?? 0)
}

test('what routes change is in the audit trail, with who did it and from where', async (t) => {
  const clock = new FakeClock()
  const mail = await startMailServer(t)
  const lab = await startLab(t, { clock, settings: { ...mail.settings, PUBLIC_URL: ORIGIN } })
  const silent: string[] = []
  for (const [route, rule] of Object.entries(auditedRoutes)) {
    if (typeof rule === 'string') continue
    const before = await countOf(lab, rule.kind)
    const reply = await rule.call({ lab, clock, mail })
    assert.equal(reply.status, 200, `${route}: ${reply.text}`)
    if ((await countOf(lab, rule.kind)) === before) silent.push(`${route}: no ${rule.kind}`)
    // Limits by the hour.
    clock.advance(3_600)
  }
  assert.deepEqual(silent, [])
  const rows = await lab.ctx.db.selectFrom('audit_records').select(['kind', 'user_id', 'address']).execute()
  assert.deepEqual(
    rows.filter(({ address }) => !/^(127\.0\.0\.1|::1)$/.test(address)).map(({ kind }) => kind),
    [],
    'from where',
  )
  const unproven = new Set(['session.begun', 'password.reset_asked', 'password.reset', 'session.failed', 'invitation.accepted'])
  assert.deepEqual(
    rows.filter(({ kind, user_id: user }) => user === null && !unproven.has(kind)).map(({ kind }) => kind),
    [],
    'who',
  )
})
