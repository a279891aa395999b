/** Dips that are acknowledged are told, each once, however often the daemon that leads is killed right after. KILLS=20 for more. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import test from 'node:test'
import { startCluster } from '../support/cluster.ts'
import type { Lab } from '../support/lab.ts'
import { findPostgres, launchPostgres, onServer, withoutPostgres } from '../support/postgres.ts'
import { waitFor } from '../support/waiting.ts'

const KILLS = Number(process.env['KILLS'] ?? 3)
/** Each dip has its own: a rule is quiet for a minute at least. */
const paths = Array.from({ length: KILLS }, (_, at) => `/lab/fridge/heat${at + 1}`)

test('a dip that is acknowledged right before its daemon is killed is told once', { skip: withoutPostgres() }, async (t) => {
  const server = await launchPostgres(findPostgres() ?? '')
  t.after(() => server.remove())
  const prepare = async (lab: Lab): Promise<void> => {
    for (const path of paths) await lab.sequence(path)
  }
  const cluster = await startCluster(t, { url: server.url, count: 2, prepare })
  const told = (): Promise<number> =>
    onServer(server.url, async (client) => {
      const { rows } = await client.query<{ count: number }>(
        "select count(*)::integer as count from outgoing_messages where subject ~ '(is|was) above 8$'",
      )
      return rows[0]?.count ?? 0
    })
  const first = await cluster.leader()
  for (const path of paths) {
    const { status, text } = await first.at.post('/alerts', { path, kind: 'above', value: 8, recipients: ['ann@example.com'] })
    assert.equal(status, 200, text)
  }
  for (const [at, path] of paths.entries()) {
    const leader = await cluster.leader()
    for (const value of ['1', '9', '1']) {
      const reply = await leader.at.put('/resources', { values: { [path]: value } })
      assert.equal(reply.status, 200, reply.text)
    }
    leader.child.kill('SIGKILL')
    await once(leader.child, 'exit')
    await cluster.add()
    await cluster.leader()
    await waitFor(`dip ${at + 1} is told`, async () => (await told()) > at)
    assert.equal(await told(), at + 1)
  }
})
