/** Looking at what became of outgoing messages, for tests. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Selectable } from 'kysely'
import type { OutgoingMessageTable } from '../../src/database/schema.ts'
import type { NotificationState } from '../../src/wire/notification-kinds.ts'
import type { FakeClock, Lab } from './lab.ts'
import { waitFor } from './waiting.ts'

export type OutgoingRow = Selectable<OutgoingMessageTable>

export const rowOf = (lab: Lab, id: number): Promise<OutgoingRow> =>
  lab.ctx.db.selectFrom('outgoing_messages').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

/** The message's record once it is in that state, after so many attempts at least. */
export const settled = (lab: Lab, id: number, state: NotificationState, attempts = 0): Promise<OutgoingRow> =>
  waitFor(`message ${id} is ${state}`, async () => {
    const row = await rowOf(lab, id)
    return row.state === state && row.attempts >= attempts && row
  })

/** Lets time pass, and has the sender look at the clock: its timers are real, and wait longer. */
export function pass(lab: Lab, clock: FakeClock, seconds: number): void {
  clock.advance(seconds)
  lab.ctx.hub.notify('messageQueued', { id: 0 })
}

/** A folder for a lab that is started more than once. */
export async function makeFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}
