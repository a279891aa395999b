import assert from 'node:assert/strict'
import test from 'node:test'
import type { NotificationRecord } from '../../src/wire/answers.ts'
import { emptyLab } from '../support/command-line.ts'
import { startMailServer } from '../support/mail-server.ts'
import { waitFor } from '../support/waiting.ts'

test('a mail that was under way when the server was killed goes out again, and one that waited is not lost', async (t) => {
  const server = await startMailServer(t)
  let hold = true
  // Takes the whole mail, and says nothing until its sender is dead: nobody can know whether it has it.
  const heldBack: string[] = []
  server.beforeAck = ({ text }) => {
    if (!hold) return
    heldBack.push(text)
    return new Promise<void>(() => {})
  }
  const lab = await emptyLab(t)
  for (const [name, value] of Object.entries(server.settings)) lab.env[`RHIZO_SERVER_${name}`] = String(value)
  await lab.run('init-db')
  await lab.run('create-admin', 'admin@example.com:correct-horse-9', '--org', 'test-org')
  await lab.startServer()
  const client = await lab.client()
  const ids: number[] = []
  for (const name of ['ann', 'bob', 'cy'])
    ids.push(await client.notifications.send({ recipient: `${name}@example.com`, body: `For ${name}.` }))
  await waitFor('two mails are under way', () => heldBack.length === 2)
  await lab.stopServer('SIGKILL')
  server.hangUp()
  hold = false

  await lab.startServer()
  const records = await waitFor('all are sent', async () => {
    const list = await (await lab.client()).notifications.list({ state: 'sent' })
    return list.length === 3 && list
  })
  assert.deepEqual(
    records.map(({ id, attempts }: NotificationRecord) => [id, attempts]),
    [
      [ids[2], 1],
      [ids[1], 2],
      [ids[0], 2],
    ],
  )
  assert.deepEqual(server.mails.map(({ to }) => to[0]).sort(), ['ann@example.com', 'bob@example.com', 'cy@example.com'], 'each once')
  const idOf = (text: string): string => /^Message-ID: (.*)\r$/m.exec(text)?.[1] ?? assert.fail(text)
  const again = server.mails.filter(({ to }) => to[0] !== 'cy@example.com').map(({ text }) => idOf(text))
  assert.deepEqual(again.sort(), heldBack.map(idOf).sort(), 'whoever has it twice can tell')
})
