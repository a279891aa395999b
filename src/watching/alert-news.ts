/** Notifies people when alerts start and end. */
import { writeState, type FollowedRule } from './alert-records.ts'
import { describeRule } from '../attributes/alert-rules.ts'
import { announce, describeRecorded, groupByRecipients } from '../notifications/announcements.ts'
import type { Context } from '../context.ts'
import { linkToResource } from '../notifications/public-links.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { formatTime } from './watchdog.ts'
import { logWork } from '../notifications/worker-log.ts'

export interface AlertNews {
  readonly resource: Resource
  readonly followed: FollowedRule
  readonly recipients: readonly string[]
  readonly what: 'start' | 'end'
}

/** Maximum number of sentences in one message; of the rest it gives only the number. */
const MAX_SENTENCES = 100

/** Announces all of it, in one message for each group of recipients. What fails stays news, to be tried again. */
export async function tellNews(ctx: Context, news: readonly AlertNews[]): Promise<void> {
  for (const what of ['start', 'end'] as const) {
    for (const group of groupByRecipients(news.filter((one) => one.what === what))) {
      try {
        await tell(ctx, group, what)
      } catch (error) {
        ctx.log.error({ err: error, alerts: group.length }, 'telling of alerts failed; it is tried again')
      }
    }
  }
}

async function tell(ctx: Context, group: readonly AlertNews[], what: 'start' | 'end'): Promise<void> {
  const [first] = group
  if (!first) return
  const now = ctx.clock.now()
  const sentences = group.map((one) => sentenceOf(ctx, one))
  const rest = sentences.length - MAX_SENTENCES
  const headline = headlineOf(first)
  const announcement = {
    subject: group.length === 1 ? headline : `${group.length} alerts ${what === 'start' ? 'started' : 'ended'}: ${headline}, …`,
    body: sentences.slice(0, MAX_SENTENCES).join('\n\n') + (rest > 0 ? `\n\nAnd ${rest} more.` : ''),
    data: { event: what === 'start' ? 'alerts_started' : 'alerts_ended', alerts: group.slice(0, MAX_SENTENCES).map(dataOf) },
    ...(group.length === 1 && first.followed.rule.kind === 'silent' && !first.resource.sequence ? { controllerId: first.resource.id } : {}),
  }
  const before = group.map(({ followed }) => followed.told)
  const confirmations: (() => void)[] = []
  // Write the state as it will be after the announcement.
  for (const { followed } of group) followed.told = { isStartTold: what === 'start', toldAt: what === 'start' ? now : followed.told.toldAt }
  let recorded: Awaited<ReturnType<typeof announce>>
  try {
    recorded = await announce(ctx, first.recipients, announcement, async (tx) => {
      confirmations.length = 0
      for (const { followed } of group) confirmations.push(await writeState(tx, followed))
    })
  } catch (error) {
    group.forEach(({ followed }, at) => {
      const told = before[at]
      if (told) followed.told = told
    })
    throw error
  }
  for (const confirm of confirmations) confirm()
  ctx.log[what === 'start' ? 'warn' : 'info'](
    { alerts: group.map(({ resource, followed }) => ({ resource: resource.id, name: followed.rule.name })) },
    what === 'start' ? 'alerts started' : 'alerts ended',
  )
  await logWork(ctx, `${announcement.subject}. ${describeRecorded(recorded)}`)
}

function headlineOf({ resource, followed: { rule }, what }: AlertNews): string {
  if (what === 'start') return `${pathOf(resource)} is ${describeRule(rule)}`
  const over: Record<typeof rule.kind, string> = {
    silent: 'is heard again',
    unchanged: 'changes again',
    above: `is no longer above ${rule.high}`,
    below: `is no longer below ${rule.low}`,
    outside: `is within ${rule.low} to ${rule.high} again`,
  }
  return `${pathOf(resource)} ${over[rule.kind]}`
}

function sentenceOf(ctx: Context, one: AlertNews): string {
  const { resource, followed, what } = one
  const { state, rule } = followed
  const beginning = whenBegun(followed)
  const span =
    what === 'start'
      ? `since ${formatTime(beginning)}`
      : `that was so from ${formatTime(beginning)} to ${formatTime(state.ended ?? beginning)}`
  const link = linkToResource(ctx, resource)
  return `${headlineOf(one)} (alert "${rule.name}"): ${span}.${newestOf(one)}${link === undefined ? '' : `\n${link}`}`
}

/** When the condition began; the alert came on only after it had held for a while. */
const whenBegun = ({ rule, state }: FollowedRule): Micros => (state.started ?? state.countsFrom) - rule.hold

function newestOf({ resource, followed: { state } }: AlertNews): string {
  const { sequence } = resource
  if (state.lastTime === undefined) return sequence ? ' It never had a value.' : ' It was never heard of.'
  if (!sequence) return ` It was heard last at ${formatTime(state.lastTime)}.`
  const value = String(state.lastValue ?? '').slice(0, 200)
  return value === ''
    ? ` The newest is of ${formatTime(state.lastTime)}.`
    : ` The newest value is ${value}${sequence.units === undefined ? '' : ` ${sequence.units}`}, of ${formatTime(state.lastTime)}.`
}

const textOf = (time: Micros | undefined): string | null => (time === undefined ? null : formatTimestamp(time))

function dataOf({ resource, followed: { rule, state }, what }: AlertNews): Record<string, unknown> {
  return {
    path: pathOf(resource),
    name: rule.name,
    kind: rule.kind,
    start_timestamp: textOf(state.started),
    end_timestamp: what === 'start' ? null : textOf(state.ended),
    value: resource.sequence ? (state.lastValue ?? null) : null,
    value_timestamp: textOf(state.lastTime),
  }
}
