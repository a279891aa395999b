/** Notifies people when alerts start and end. */
import { writeState, type FollowedRule } from './alert-records.ts'
import { describeRule } from '../attributes/alert-rules.ts'
import { announce, describeRecorded, groupByRecipients } from '../notifications/announcements.ts'
import type { Context } from '../context.ts'
import { linkToResource } from '../notifications/public-links.ts'
import { type Micros, timestampOrNull } from '../base/time.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { timeFor } from './watchdog.ts'
import { conditionWithUnits, withUnits } from '../wire/alert-words.ts'
import { logWork } from '../notifications/worker-log.ts'

export interface AlertNews {
  readonly resource: Resource
  readonly followed: FollowedRule
  readonly recipients: readonly string[]
  readonly what: What
}

/** `passed`: it began and ended before it could be told. */
type What = 'start' | 'passed' | 'end' | 'escalation'

/** Maximum number of sentences in one message; of the rest it gives only the number. */
const MAX_SENTENCES = 100

/** The second group hears of the end, too, if it heard of the alert. */
export function recipientsOf({ rule: { recipients, escalation }, firings: { last } }: FollowedRule, what: What): string[] {
  const second = escalation?.recipients ?? []
  if (what === 'escalation') return [...second]
  return what === 'end' && last?.escalated !== undefined ? [...new Set([...recipients, ...second])] : [...recipients]
}

/** Announces all of it, in one message for each group of recipients. What fails stays news, to be tried again. */
export async function tellNews(ctx: Context, news: readonly AlertNews[]): Promise<void> {
  for (const what of ['start', 'passed', 'escalation', 'end'] as const) {
    for (const group of groupByRecipients(news.filter((one) => one.what === what))) {
      try {
        await tell(ctx, group, what)
      } catch (error) {
        ctx.log.error({ err: error, alerts: group.length }, 'telling of alerts failed; it is tried again')
      }
    }
  }
}

async function tell(ctx: Context, group: readonly AlertNews[], what: What): Promise<void> {
  const [first] = group
  if (!first) return
  const now = ctx.clock.now()
  const sentences = group.map((one) => sentenceOf(ctx, one))
  const rest = sentences.length - MAX_SENTENCES
  const headline = headlineOf(first)
  const announcement = {
    subject: group.length === 1 ? headline : `${group.length} alerts ${VERBS[what]}: ${headline}, …`,
    body: sentences.slice(0, MAX_SENTENCES).join('\n\n') + (rest > 0 ? `\n\nAnd ${rest} more.` : ''),
    data: { event: EVENTS[what], alerts: group.slice(0, MAX_SENTENCES).map(dataOf) },
    ...(group.length === 1 && first.followed.rule.kind === 'silent' && !first.resource.sequence ? { controllerId: first.resource.id } : {}),
  }
  const before = group.map(({ followed }) => ({ told: followed.told, toldOf: followed.firings.last?.told }))
  const confirmations: (() => void)[] = []
  // Write the state as it will be after the announcement.
  for (const { followed } of group) {
    if (what === 'escalation') continue
    followed.told = { isStartTold: what === 'start', toldAt: what === 'end' ? followed.told.toldAt : now }
  }
  let recorded: Awaited<ReturnType<typeof announce>>
  try {
    recorded = await announce(ctx, first.recipients, announcement, async (tx, all) => {
      confirmations.length = 0
      const messages = all.map(({ id }) => id)
      group.forEach(({ followed: { firings, passed } }, at) => {
        // A later one may have been on since, in its quiet time.
        if (!firings.last || (what === 'passed' && firings.last.started !== passed?.started)) return
        const told = { what: what === 'passed' ? 'start' : what, time: now, recipients: first.recipients, messages } as const
        firings.last.told = [...(before[at]?.toldOf ?? []), told]
        if (what === 'escalation') firings.last.escalated = now
        firings.last.isWritten = false
      })
      for (const { followed } of group) confirmations.push(await writeState(ctx, tx, followed))
    })
  } catch (error) {
    group.forEach(({ followed }, at) => {
      const known = before[at]
      if (!known) return
      followed.told = known.told
      const { last } = followed.firings
      if (!last || !known.toldOf) return
      last.told = known.toldOf
      if (what === 'escalation') last.escalated = undefined
    })
    throw error
  }
  for (const confirm of confirmations) confirm()
  if (what === 'start' || what === 'passed') for (const { followed } of group) followed.passed = undefined
  ctx.log[what === 'end' ? 'info' : 'warn'](
    { alerts: group.map(({ resource, followed }) => ({ resource: resource.id, name: followed.rule.name })) },
    `alerts ${VERBS[what]}`,
  )
  await logWork(ctx, `${announcement.subject}. ${describeRecorded(recorded)}`)
}

const VERBS: Readonly<Record<What, string>> = { start: 'started', passed: 'were on', escalation: 'wait for somebody', end: 'ended' }
const EVENTS: Readonly<Record<What, string>> = {
  start: 'alerts_started',
  // With its end.
  passed: 'alerts_started',
  escalation: 'alerts_escalated',
  end: 'alerts_ended',
}

function headlineOf({ resource, followed: { rule }, what }: AlertNews): string {
  const condition = conditionWithUnits(describeRule(rule), resource.sequence?.units)
  if (what === 'escalation') return `Nobody takes care yet: ${pathOf(resource)} is ${condition}`
  if (what === 'start') return `${pathOf(resource)} is ${condition}`
  if (what === 'passed') return `${pathOf(resource)} was ${condition}`
  const show = (value: number | undefined): string => withUnits(String(value), resource.sequence?.units)
  const over: Record<typeof rule.kind, string> = {
    silent: 'is heard again',
    unchanged: 'changes again',
    above: `is no longer above ${show(rule.high)}`,
    below: `is no longer below ${show(rule.low)}`,
    rising: `no longer rises by more than ${show(rule.change?.by)}`,
    falling: `no longer falls by more than ${show(rule.change?.by)}`,
    outside: `is within ${rule.low} to ${show(rule.high)} again`,
  }
  return `${pathOf(resource)} ${over[rule.kind]}`
}

function sentenceOf(ctx: Context, one: AlertNews): string {
  const { resource, followed } = one
  const { rule } = followed
  const { started, ended } = spanOf(one)
  const beginning = (started ?? followed.state.countsFrom) - rule.hold
  const span =
    ended === undefined
      ? `since ${timeFor(ctx, resource, beginning)}`
      : `that was so from ${timeFor(ctx, resource, beginning)} to ${timeFor(ctx, resource, ended)}`
  const link = linkToResource(ctx, resource)
  return `${headlineOf(one)} (alert "${rule.name}"): ${span}.${newestOf(ctx, one)}${link === undefined ? '' : `\n${link}`}`
}

/** From when to when it was on; the condition began earlier by the time that it has to hold. */
function spanOf({ what, followed: { state, passed } }: AlertNews): {
  readonly started: Micros | undefined
  readonly ended: Micros | undefined
} {
  if (what === 'passed' && passed) return passed
  return { started: state.started, ended: what === 'end' ? (state.ended ?? state.started) : undefined }
}

function newestOf(ctx: Context, { resource, followed: { state } }: AlertNews): string {
  const { sequence } = resource
  if (state.lastTime === undefined) return sequence ? ' It never had a value.' : ' It was never heard of.'
  const time = timeFor(ctx, resource, state.lastTime)
  if (!sequence) return ` It was heard last at ${time}.`
  const value = String(state.lastValue ?? '').slice(0, 200)
  return value === '' ? ` The newest is of ${time}.` : ` The newest value is ${withUnits(value, sequence.units)}, of ${time}.`
}

function dataOf(one: AlertNews): Record<string, unknown> {
  const {
    resource,
    followed: { rule, state },
  } = one
  const { started, ended } = spanOf(one)
  return {
    path: pathOf(resource),
    name: rule.name,
    kind: rule.kind,
    start_timestamp: timestampOrNull(started),
    end_timestamp: timestampOrNull(ended),
    value: resource.sequence ? (state.lastValue ?? null) : null,
    units: resource.sequence?.units ?? null,
    value_timestamp: timestampOrNull(state.lastTime),
  }
}
