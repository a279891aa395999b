/** When a backup is due, when it is missed, and which are kept. Pure: the caller brings the time. */
import { parseDuration } from '../base/duration.ts'
import { DAY, HOUR, MINUTE, type Micros } from '../base/time.ts'

/** A moment of each day in the machine's time zone, or an interval. */
export type Schedule = { readonly hour: number; readonly minute: number } | { readonly every: Micros }

/** @param text as the setting BACKUP_AT allows it */
export function parseSchedule(text: string): Schedule {
  const [hour, minute] = text.split(':').map(Number)
  if (hour !== undefined && minute !== undefined) return { hour, minute }
  return { every: parseDuration(text) ?? DAY }
}

const intervalOf = (schedule: Schedule): Micros => ('every' in schedule ? schedule.every : DAY)

/** A record further ahead than this was made while the clock was wrong: it says nothing of when the next one is due. */
const AHEAD = 5 * MINUTE

/** @param last when the newest backup that went well began */
export function isDue(schedule: Schedule, now: Micros, last: Micros | undefined): boolean {
  if (last === undefined || last > now + AHEAD) return true
  return 'every' in schedule ? now - last >= schedule.every : last < newestMoment(schedule, now)
}

/** The newest time at which the clock of this machine showed that hour. */
function newestMoment({ hour, minute }: { hour: number; minute: number }, now: Micros): Micros {
  const moment = new Date(now / 1_000)
  moment.setHours(hour, minute, 0, 0)
  if (moment.getTime() * 1_000 > now) {
    moment.setDate(moment.getDate() - 1)
    moment.setHours(hour, minute, 0, 0)
  }
  return moment.getTime() * 1_000
}

/**
 * Whether one was missed: it is half an interval and an hour later than it should be there.
 * @param last as of {@link isDue}, or since when there should be backups
 */
export const isOverdue = (schedule: Schedule, now: Micros, last: Micros): boolean => now - last > 1.5 * intervalOf(schedule) + HOUR

/** How long to wait after one that failed. */
export const retryAfter = (schedule: Schedule): Micros => Math.min(HOUR, Math.max(5 * MINUTE, intervalOf(schedule) / 4))

export interface Keep {
  readonly daily: number
  readonly weekly: number
  readonly monthly: number
}

/**
 * Those that need not be kept. Days, weeks and months count that have backups, not those of the calendar: a clock that is wrong or a
 * server that was off makes no backup old. What a clock that was ahead dated later than the newest one stays, and takes no place of others.
 * @param made when the newest one was made, by its own date
 */
export function toRemove<T extends { readonly time: Micros }>(backups: readonly T[], { daily, weekly, monthly }: Keep, made: Micros): T[] {
  const newestFirst = backups.filter(({ time }) => time <= made).sort((a, b) => b.time - a.time)
  const kept = new Set<T>()
  const keepNewest = (count: number, periodOf: (time: Micros) => number): void => {
    const periods = new Set<number>()
    for (const backup of newestFirst) {
      const period = periodOf(backup.time)
      if (periods.has(period)) continue
      if (periods.size === count) return
      periods.add(period)
      kept.add(backup)
    }
  }
  const dayOf = (time: Micros): number => Math.floor(time / DAY)
  keepNewest(daily, dayOf)
  // Weeks begin on Monday: day 0 was a Thursday.
  keepNewest(weekly, (time) => Math.floor((dayOf(time) + 3) / 7))
  keepNewest(monthly, (time) => new Date(time / 1_000).getUTCFullYear() * 12 + new Date(time / 1_000).getUTCMonth())
  const [newest] = newestFirst
  return newestFirst.filter((backup) => !kept.has(backup) && newest !== undefined && dayOf(backup.time) !== dayOf(newest.time))
}
