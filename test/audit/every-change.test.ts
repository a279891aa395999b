/** Nothing is changed over the API that the audit trail does not tell, but for what tells of itself. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { createRoutes } from '../../daemon/http/routes.ts'
import { Metrics } from '../../daemon/metrics.ts'
import { auditedRoutes } from '../support/audited-routes.ts'

test('every route that may change something says what it records, or why it records nothing', () => {
  const routes = createRoutes(new Metrics()).flatMap(({ method, path }) => (method === 'GET' ? [] : [`${method} ${path}`]))
  assert.deepEqual(
    routes.filter((route) => !(route in auditedRoutes)),
    [],
    'say in test/support/audited-routes.ts what they write into the audit trail',
  )
  assert.deepEqual(
    Object.keys(auditedRoutes).filter((route) => !routes.includes(route)),
    [],
  )
})
