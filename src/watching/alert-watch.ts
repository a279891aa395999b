/**
 * Evaluates alert rules while the server runs. Committed values are taken at the cost of a comparison or two; from time to time, time
 * passes for all rules, news are announced, and changed state is written. alert-state.ts decides when a rule is on.
 */
import { conditionOf, forgetOthers, followRule, isUnwritten, writeState, type FollowedRule } from './alert-records.ts'
import { closeOpen, findOpen, followFiring } from './alert-firings.ts'
import type { AlertRule } from '../attributes/alert-rules.ts'
import { countAnew, countOn, newsOf, passTime, seedRecent, takeBack } from './alert-state.ts'
import { judgedUntil, takeOne } from './alert-taking.ts'
import { isEscalationDue, withoutCare } from './alert-escalation.ts'
import { muteOf, readMutes, type Mute } from './alert-mutes.ts'
import { recipientsOf, tellNews, type AlertNews } from './alert-news.ts'
import type { Context } from '../context.ts'
import { newestImageTime } from '../sequences/image-reading.ts'
import { CONTROLLER_FOLDER } from '../wire/resource-types.ts'
import { refOf } from '../sequences/sequences.ts'
import type { Point } from '../storage/sequence-store.ts'
import { SECOND, type Micros } from '../base/time.ts'
import { isImageSequence, type Resource } from '../tree/tree.ts'
import type { ValuesCommitted } from '../tree/value-notices.ts'
import { lastHeard, zoneFor } from './watchdog.ts'
import { transact } from '../database/transact.ts'

interface Entry {
  /** The resource's rules; a different list means that they were changed. */
  readonly rules: readonly AlertRule[]
  /** State of the rules that are not turned off. */
  readonly followed: readonly FollowedRule[]
  /** Number of values taken so far. */
  taken: number
}

/** How many values are read to find out since when a sequence has stood still. */
const LOOK_BACK = 1_000
/** How many values are read of the window of a rule for changes. */
const MAX_RECENT = 20_000
/** How many values of a sequence wait until its new rules are followed: those of a moment. */
const MAX_WAITING = 1_000
/** What a value changed is written within this time, and more. */
const WRITTEN_WITHIN = 20 * SECOND
/** States written in one transaction. */
const STEP = 100

export class AlertWatch {
  readonly #ctx: Context
  readonly #entries = new Map<number, Entry>()
  /** Values that came after rules were made or changed, and before these were followed. */
  readonly #waiting = new Map<number, Point[]>()
  /** The tree's, of the rules that are followed. */
  #rulesVersion: number | undefined
  #isFirstCheck = true

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  /** Takes the values of sequences with rules out of a commit. @returns whether there is news, which {@link check} announces */
  take({ how, sequences, times, values, masked }: ValuesCommitted): boolean {
    // Somebody who shows a value without storing it asks for no alert.
    const { tree } = this.#ctx
    const hasNewRules = this.#rulesVersion !== tree.rulesVersion
    if ((this.#entries.size === 0 && !hasNewRules) || how === 'shown') return false
    const left = masked.length > 0 ? new Set(masked) : undefined
    let isNews = false
    for (let at = 0; at < sequences.length; at++) {
      if (left?.has(at) === true) continue
      const id = sequences[at] ?? 0
      const entry = this.#entries.get(id)
      if (!entry && !hasNewRules) continue
      const rules = tree.byId(id)?.alerts
      if (!rules) continue
      if (entry?.rules !== rules) this.#wait(id, { time: times[at] ?? 0, value: values[at] ?? '' })
      else if (this.#evaluate(entry, times[at] ?? 0, values[at] ?? '')) isNews = true
    }
    return isNews
  }

  /** The next check reads what is needed to follow the rules, and takes the value then. */
  #wait(id: number, point: Point): void {
    const points = this.#waiting.get(id)
    if (!points) this.#waiting.set(id, [point])
    else if (points.push(point) > MAX_WAITING) points.shift()
  }

  #evaluate(entry: Entry, time: Micros, value: number | string): boolean {
    entry.taken++
    const now = this.#ctx.clock.now()
    let isNews = false
    for (const each of entry.followed) {
      const { rule, state, told } = each
      // A sender with a wrong clock may stamp values in the future: they count as of now.
      takeOne(each, Math.min(time, now), value, now)
      if (each.passed) isNews = true
      if (state.isActive !== told.isStartTold && newsOf(rule, state, told, now, each.isMuted) !== undefined) isNews = true
    }
    return isNews
  }

  /**
   * Values were removed, those for which `isDoomed` is true: if the last one that counted is among them, the newest remaining one counts.
   */
  async takeBack(resource: Resource, isDoomed: (time: Micros, value: number | string) => boolean): Promise<void> {
    const entry = this.#entries.get(resource.id)
    const isLast = ({ state: { lastTime, lastValue } }: FollowedRule): boolean =>
      lastTime !== undefined && lastValue !== undefined && isDoomed(lastTime, lastValue)
    if (!entry?.followed.some(isLast)) return
    const taken = entry.taken
    const newest = await this.#newest(resource)
    const changed = newest && (await this.#standingSince(resource, newest))
    const recent = newest === undefined ? [] : await this.#recent(resource, entry.followed, newest)
    // Try again: a value that arrived in the meantime counts, too.
    if (entry.taken !== taken) return this.takeBack(resource, isDoomed)
    const now = this.#ctx.clock.now()
    for (const { rule, state, firings } of entry.followed.filter(isLast)) {
      takeBack(rule, state, newest && { ...newest, time: Math.min(newest.time, now) }, changed, now, recent)
      followFiring(firings, state, newest?.value)
    }
  }

  /** Call it after the server's clock was set. */
  clockJumped(): void {
    const { clock, liveness } = this.#ctx
    const now = clock.now()
    for (const { followed } of this.#entries.values()) {
      for (const { rule, state } of followed) {
        countAnew(state, now)
        countOn(rule, state, (heard) => liveness.silentSince(heard))
      }
    }
  }

  /** How many rules are evaluated, and how many of them are on. */
  count(): Record<'all' | 'active', number> {
    const counts = { all: 0, active: 0 }
    for (const { followed } of this.#entries.values()) {
      counts.all += followed.length
      counts.active += followed.filter(({ state }) => state.isActive).length
    }
    return counts
  }

  /** Adds new rules, lets time pass for all, announces news, and writes changed state. */
  async check(): Promise<void> {
    const { clock, tree } = this.#ctx
    const mutes = await readMutes(this.#ctx)
    await this.#follow(mutes)
    const now = clock.now()
    const news: AlertNews[] = []
    const due: FollowedRule[] = []
    for (const [id, { followed }] of this.#entries) {
      const resource = tree.byId(id)
      if (!resource) continue
      const heard = resource.type === CONTROLLER_FOLDER ? lastHeard(this.#ctx, id) : undefined
      for (const each of followed) {
        const { rule, state, told } = each
        if (rule.schedule) this.#setZone(each, resource)
        each.isMuted = mutes.length > 0 && muteOf(mutes, resource, rule.name) !== undefined
        if (heard !== undefined && heard > (state.lastTime ?? Number.NEGATIVE_INFINITY)) takeOne(each, Math.min(heard, now), '', now)
        passTime(rule, state, now)
        followFiring(each.firings, state)
        const what = newsOf(rule, state, told, now, each.isMuted)
        if (what !== 'start' && each.passed)
          news.push({ resource, followed: each, recipients: recipientsOf(each, 'start'), what: 'passed' })
        if (what) news.push({ resource, followed: each, recipients: recipientsOf(each, what), what })
        else if (isEscalationDue(each, now)) due.push(each)
      }
    }
    for (const each of await withoutCare(this.#ctx, due)) {
      const resource = tree.byId(each.resourceId)
      if (resource) news.push({ resource, followed: each, recipients: recipientsOf(each, 'escalation'), what: 'escalation' })
    }
    await tellNews(this.#ctx, news)
    await this.#write()
  }

  /** Adds rules that are new or changed, and drops those that are gone. */
  async #follow(mutes: readonly Mute[]): Promise<void> {
    const { clock, db, tree } = this.#ctx
    const version = tree.rulesVersion
    for (const [id, entry] of this.#entries) {
      const resource = tree.byId(id)
      if (resource?.alerts === entry.rules) continue
      // The state of a deleted resource is kept: if it is restored, its rules continue.
      if (!resource) this.#entries.delete(id)
      else if (!resource.alerts) {
        await forgetOthers(db, id, [])
        await closeOpen(db, id, new Set(), clock.now())
        this.#entries.delete(id)
      }
    }
    const now = clock.now()
    for (const resource of [...tree.alerted]) {
      if (resource.alerts && this.#entries.get(resource.id)?.rules !== resource.alerts)
        await this.#followResource(resource, resource.alerts, now, mutes)
    }
    this.#isFirstCheck = false
    this.#rulesVersion = version
    for (const id of this.#waiting.keys()) if (tree.byId(id)?.alerts === undefined) this.#waiting.delete(id)
  }

  async #followResource(resource: Resource, rules: readonly AlertRule[], countsFrom: Micros, mutes: readonly Mute[]): Promise<void> {
    const { db } = this.#ctx
    if (this.#entries.has(resource.id)) await this.#write()
    const rows = await db.selectFrom('alert_states').selectAll().where('resource_id', '=', resource.id).execute()
    const enabled = rules.filter(({ isEnabled }) => isEnabled)
    const open = await findOpen(db, resource.id)
    const followed = enabled.map((rule) =>
      followRule(
        resource.id,
        rule,
        rows.find(({ name }) => name === rule.name),
        open.get(rule.name),
        countsFrom,
      ),
    )
    const goingOn = new Set(followed.flatMap(({ firings: { last } }) => (last?.id === undefined ? [] : [last.id])))
    if (goingOn.size < open.size) await closeOpen(db, resource.id, goingOn, this.#ctx.clock.now())
    for (const each of followed) {
      this.#setZone(each, resource)
      each.isMuted = muteOf(mutes, resource, each.rule.name) !== undefined
    }
    // The state of another condition under the same name is void, too.
    const kept = rows.filter((row) => enabled.some((rule) => rule.name === row.name && conditionOf(rule) === row.condition))
    if (kept.length < rows.length)
      await forgetOthers(
        db,
        resource.id,
        kept.map(({ name }) => name),
      )
    const known = await this.#newest(resource)
    const unjudged = known && this.#isFirstCheck ? await this.#unjudged(resource, known) : []
    const recent = known ? await this.#recent(resource, followed, unjudged[0] ?? known) : []
    const standsStill = known && enabled.some(({ kind }) => kind === 'unchanged')
    const standing = standsStill ? await this.#standingSince(resource, known) : undefined
    // From here on values are taken as they come, after those that came meanwhile.
    const waited = this.#waiting.get(resource.id) ?? []
    this.#waiting.delete(resource.id)
    this.#entries.set(resource.id, { rules, followed, taken: 0 })
    const { clock, liveness } = this.#ctx
    const now = clock.now()
    const isBefore = ({ time }: Point): boolean => known !== undefined && time < known.time
    const before = [...unjudged, ...waited.filter(isBefore)].sort((one, other) => one.time - other.time)
    const since = waited.filter((point) => !isBefore(point))
    const first = before[0]?.time ?? Number.POSITIVE_INFINITY
    const earlier = recent.filter(({ time }) => time < first)
    for (const each of followed) {
      const { rule, state } = each
      const take = ({ time, value }: Point): boolean => takeOne(each, Math.min(time, now), value, now)
      const from = judgedUntil(each, Number.NEGATIVE_INFINITY)
      seedRecent(rule, state, [...earlier, ...before.filter(({ time }) => time <= from)])
      for (const point of before) if (point.time > from) take(point)
      if (known) take(known)
      if (rule.kind === 'unchanged' && standing !== undefined) state.changed = Math.min(standing, state.changed ?? now)
      for (const point of since) take(point)
      // A new rule does not count time before it was made.
      if (known && this.#isFirstCheck) countOn(rule, state, (heard) => liveness.silentSince(heard))
    }
  }

  /** Values before the newest that a server which was killed stored, and may have told nobody of. */
  async #unjudged(sequence: Resource, newest: Point): Promise<Point[]> {
    const { upBefore } = this.#ctx.liveness
    if (!sequence.sequence || isImageSequence(sequence) || upBefore === undefined) return []
    const range = { start: upBefore - WRITTEN_WITHIN, end: newest.time - 1, order: 'descending', limit: MAX_RECENT } as const
    const { times, values } = await this.#ctx.readings.read(refOf(sequence), range)
    return times.map((time, at) => ({ time, value: values[at] ?? '' })).reverse()
  }

  /** The newest value, or sign of life. */
  async #newest(sequence: Resource): Promise<Point | undefined> {
    if (sequence.type === CONTROLLER_FOLDER) {
      const heard = lastHeard(this.#ctx, sequence.id)
      return heard === undefined ? undefined : { time: heard, value: '' }
    }
    if (!isImageSequence(sequence)) return this.#ctx.sequenceStates.lookUpNewest(this.#ctx, sequence)
    const time = await newestImageTime(this.#ctx, sequence)
    return time === undefined ? undefined : { time, value: '' }
  }

  #setZone({ state }: FollowedRule, resource: Resource): void {
    const zone = zoneFor(this.#ctx, resource)
    if (zone === state.zone) return
    state.zone = zone
    state.boundary = undefined
  }

  /** The values before the newest within the longest window of rules for changes; none where there is no such rule. */
  async #recent(sequence: Resource, followed: readonly FollowedRule[], newest: Point): Promise<Point[]> {
    const within = Math.max(0, ...followed.map(({ rule: { change } }) => change?.within ?? 0))
    if (within === 0 || !sequence.sequence) return []
    const range = { start: newest.time - within, end: newest.time - 1, order: 'descending', limit: MAX_RECENT } as const
    const { times, values } = await this.#ctx.sequences.read(refOf(sequence), range)
    return times.map((time, at) => ({ time, value: values[at] ?? '' })).reverse()
  }

  /** Since when the value has been unchanged, judging by the last values. */
  async #standingSince(sequence: Resource, newest: Point): Promise<Micros> {
    if (isImageSequence(sequence)) return newest.time
    const { times, values } = await this.#ctx.readings.read(refOf(sequence), { order: 'descending', limit: LOOK_BACK, end: newest.time })
    const different = values.findIndex((value) => value !== newest.value)
    return times[different < 0 ? times.length - 1 : different - 1] ?? newest.time
  }

  async #write(): Promise<void> {
    const unwritten = [...this.#entries.values()].flatMap(({ followed }) => followed.filter(isUnwritten))
    for (let from = 0; from < unwritten.length; from += STEP) {
      const some = unwritten.slice(from, from + STEP)
      const done = await transact(this.#ctx, async (tx) => {
        const confirmations: (() => void)[] = []
        for (const followed of some) confirmations.push(await writeState(this.#ctx, tx, followed))
        return confirmations
      })
      for (const confirm of done) confirm()
    }
  }
}
