/** The clock of a backup by hand: what the lab believes, as for those that its server makes, and not what a wrong wall clock shows. */
import { BelievedTime, RELEASED, type KnownTime } from '../base/believed-time.ts'
import type { Clock } from '../base/clock.ts'
import { DAY, MINUTE, formatTimestamp, type Micros } from '../base/time.ts'
import { readKnownTime } from '../database/known-time.ts'
import { runningDaemon } from '../database/sqlite/daemon-lock.ts'
import type { Settings } from '../settings/settings.ts'
import { openLab } from './lab-snapshot.ts'

/** A lab that was off for longer is asked about its clock. */
const LONG_OFF = 30 * DAY

export interface BelievedClock {
  readonly clock: Clock
  /** A sentence on why the date may be another than the wall clock's, or may be wrong. */
  readonly doubt: string | undefined
}

/** @param wall the machine's clock @throws Fault not_found when there is no database; busy when its server can't be reached */
export async function believedClock(settings: Settings, wall: Clock): Promise<BelievedClock> {
  const known = await knownTime(settings)
  const shown = wall.now()
  const believed = new BelievedTime(wall, known).now()
  // A lab that is stopped saw no time pass: nothing tells a clock that leapt from one that is right.
  const isForward = shown > believed && !isUp(settings)
  const start = isForward ? shown : believed
  return { clock: goOn(wall, start), doubt: doubtOf(shown, start, known.newest) }
}

function doubtOf(shown: Micros, start: Micros, newest: Micros | undefined): string | undefined {
  const clock = `This machine's clock shows ${formatTimestamp(shown)}`
  // The clock goes on between two looks.
  if (Math.abs(start - shown) > MINUTE)
    return (
      `${clock}, but the lab was last seen at ${formatTimestamp(newest ?? start)}: what is done now is dated ${formatTimestamp(start)}. ` +
      SET
    )
  if (shown < RELEASED) return `${clock}, which is long ago, and what is done now is dated so. ${SET}`
  if (newest === undefined || shown - newest <= LONG_OFF) return undefined
  return `${clock}, and the lab was last seen at ${formatTimestamp(newest)}. ${SET}`
}

const SET = 'If the clock is wrong, set it (timedatectl set-ntp true).'

/** From `start` on by the monotonic clock. */
function goOn(wall: Clock, start: Micros): Clock {
  const since = wall.monotonic()
  return { now: () => Math.round(start + wall.monotonic() - since), monotonic: () => wall.monotonic() }
}

/** Nothing of a database of an earlier version, which keeps no such records. */
async function knownTime(settings: Settings): Promise<KnownTime> {
  const snapshot = await openLab(settings)
  try {
    return await readKnownTime({ database: snapshot.db }).catch(() => ({ newest: undefined, leaps: [] }))
  } finally {
    await snapshot.close()
  }
}

/** Whether rhizo runs on it. Of a database on a server that is not known here: there the wall clock is taken for right when it is later. */
const isUp = ({ isOnServer, databaseFile }: Settings): boolean => !isOnServer && runningDaemon(databaseFile) !== undefined
