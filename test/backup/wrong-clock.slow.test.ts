/** Backups by hand on a machine whose clock is wrong: they are dated by what the lab believes, and say so. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import type { Clock } from '../../src/base/clock.ts'
import { believedClock } from '../../src/backup/believed-clock.ts'
import { listBackups } from '../../src/backup/backups.ts'
import { FolderPlace } from '../../src/backup/folder-place.ts'
import { DAY, HOUR, MINUTE, SECOND, formatTimestamp, type Micros } from '../../src/base/time.ts'
import { besideDaemon } from '../../src/database/sqlite/outside.ts'
import { listRecords } from '../../src/backup/records.ts'
import { startCommandLineLab } from '../support/command-line.ts'
import { FakeClock, startLab } from '../support/lab.ts'

const showing = (time: Micros): Clock => {
  // Goes on by a second at each look.
  let passed = 0
  return { now: () => time + (passed += SECOND), monotonic: () => (passed += SECOND) }
}

test('a backup is dated by the wall clock where it can be right, otherwise by what the lab believes', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const newest = clock.time
  const { settings } = lab
  const ask = async (shown: Micros): Promise<{ offBy: Micros; doubt: string | undefined }> => {
    const { clock: found, doubt } = await believedClock(settings, showing(shown))
    return { offBy: Math.round((found.now() - newest) / MINUTE) * MINUTE, doubt }
  }
  for (const ahead of [0, 10 * MINUTE]) assert.deepEqual(await ask(newest + ahead), { offBy: ahead, doubt: undefined })
  for (const shown of [HOUR, newest - 90 * MINUTE, newest + DAY, newest + 80 * 365 * DAY]) {
    const { offBy, doubt = '' } = await ask(shown)
    assert.equal(offBy, 0, formatTimestamp(shown))
    assert.ok(doubt.includes(`shows ${formatTimestamp(shown + SECOND)}, but the lab was last seen at ${formatTimestamp(newest)}`), doubt)
    assert.match(doubt, /is dated .*set it \(timedatectl/)
  }
  await lab.stop()
  // Stopped, it saw no time pass: later can be right, earlier can't.
  assert.deepEqual(await ask(newest + DAY), { offBy: DAY, doubt: undefined })
  const far = await ask(newest + 80 * 365 * DAY)
  assert.equal(far.offBy, 80 * 365 * DAY)
  assert.match(far.doubt ?? '', /last seen at .*If the clock is wrong, set it/)
  assert.equal((await ask(HOUR)).offBy, 0)
})

test('the command dates and records by it, says so, and a second backup comes after the first', async (t) => {
  const lab = await startCommandLineLab(t)
  const folder = join(lab.folder, 'backups')
  await lab.stopServer()
  // For a lab that was last seen in 2150, this machine's clock is behind.
  const newest = Date.UTC(2150, 0, 1) * 1_000
  await besideDaemon(join(lab.folder, 'rhizo.db'), async (db) => {
    await db.updateTable('known_times').set({ from_timestamp: newest }).where('until_timestamp', 'is', null).execute()
  })
  for (const number of [1, 2]) {
    const { code, stderr } = await lab.rhizo('backup', folder)
    assert.equal(code, 0, stderr)
    assert.match(stderr, /clock shows .*, but the lab was last seen at 2150-01-01.*is dated 2150-01-01/)
    assert.equal((await listBackups(new FolderPlace(folder))).length, number)
  }
  const proven = await lab.rhizo('backup', '--prove', folder)
  assert.equal(proven.code, 0, proven.stderr)
  await besideDaemon(join(lab.folder, 'rhizo.db'), async (db) => {
    for (const { point, start, end } of await listRecords(db))
      for (const time of [point, start, end]) assert.ok(time !== null && time >= newest && time < newest + HOUR, formatTimestamp(time ?? 0))
  })
})
