/**
 * Watches controllers: when one that was heard before is silent for longer than its `watchdog_minutes`, its `watchdog_recipients` are
 * notified once, and once more when it is back.
 */
import { announce, describeRecorded, groupByRecipients } from '../notifications/announcements.ts'
import type { Context } from '../context.ts'
import { linkToResource } from '../notifications/public-links.ts'
import { TimeZone } from '../base/time-zone.ts'
import { clockText } from '../base/clock-text.ts'
import { MINUTE, formatTimestamp, type Micros } from '../base/time.ts'
import { pathOf, timezoneOf, type Resource } from '../tree/tree.ts'
import { logWork } from '../notifications/worker-log.ts'

export interface Silence {
  /** Last sign of life that counts for it; undefined: never yet. */
  readonly heard: Micros | undefined
  readonly isSilent: boolean
}

/** Last sign of life of any kind. */
export function lastHeard(ctx: Pick<Context, 'liveness'>, controllerId: number): Micros | undefined {
  const live = ctx.liveness.get(controllerId)
  return live && latest(live.lastMessage, live.lastWatchdog, live.lastConnect)
}

/** Whether a controller is as its watchdog expects; undefined when it is not watched. */
export function silenceOf(ctx: Context, controller: Resource): Silence | undefined {
  const { watchdog } = controller
  if (!watchdog) return undefined
  const live = ctx.liveness.get(controller.id)
  const counts = watchdog.counts ?? ctx.settings.WATCHDOG_COUNTS
  // A controller that never sent a watchdog message is watched by the messages that it does send.
  const heard = counts === 'watchdog' && live?.lastWatchdog !== undefined ? live.lastWatchdog : lastHeard(ctx, controller.id)
  if (heard === undefined) return { heard, isSilent: false }
  const isOverdue = ctx.clock.now() - ctx.liveness.silentSince(heard) >= watchdog.limit
  // A reported silence lasts until the controller is heard again: neither a restart nor a longer limit ends it.
  const reported = live?.reported
  return { heard, isSilent: isOverdue || (reported !== undefined && heard <= reported) }
}

/** How many controllers there are, and how many are connected, watched and silent. */
export function countControllers(ctx: Context): Record<'all' | 'connected' | 'watched' | 'silent', number> {
  const counts = { all: 0, connected: 0, watched: 0, silent: 0 }
  for (const controller of ctx.tree.controllers) {
    const silence = silenceOf(ctx, controller)
    counts.all++
    if ((ctx.liveness.get(controller.id)?.connections ?? 0) > 0) counts.connected++
    if (silence) counts.watched++
    if (silence?.isSilent === true) counts.silent++
  }
  return counts
}

interface SilenceChange {
  readonly controller: Resource
  readonly recipients: readonly string[]
  readonly heard: Micros
  readonly isSilent: boolean
}

/** Checks all watched controllers, and reports those that fell silent or are back. */
export async function watchControllers(ctx: Context): Promise<void> {
  const changes: SilenceChange[] = []
  for (const controller of ctx.tree.controllers) {
    const isReported = ctx.liveness.get(controller.id)?.reported !== undefined
    const silence = silenceOf(ctx, controller)
    // The controller is not watched any more, so its return won't be reported.
    if (!silence && isReported) await forgetReport(ctx, controller)
    if (!silence || silence.heard === undefined || silence.isSilent === isReported) continue
    changes.push({ controller, recipients: controller.watchdog?.recipients ?? [], heard: silence.heard, isSilent: silence.isSilent })
  }
  changes.sort((a, b) => (pathOf(a.controller) < pathOf(b.controller) ? -1 : 1))
  for (const isSilent of [true, false])
    for (const group of groupByRecipients(changes.filter((change) => change.isSilent === isSilent))) await tell(ctx, group, isSilent)
}

async function forgetReport(ctx: Context, controller: Resource): Promise<void> {
  await ctx.db.updateTable('controller_status').set({ watchdog_notification_sent: 0 }).where('id', '=', controller.id).execute()
  ctx.liveness.setReported(controller.id, undefined)
}

async function tell(ctx: Context, group: readonly SilenceChange[], isSilent: boolean): Promise<void> {
  const [first] = group
  if (!first) return
  const ids = group.map(({ controller }) => controller.id)
  const sentences = group.map((change) => (isSilent ? describeSilence(ctx, change) : describeReturn(ctx, change)))
  const names = group.map(({ controller }) => pathOf(controller))
  const what = isSilent ? 'silent' : 'back'
  const announcement = {
    subject: group.length === 1 ? `${names[0] ?? ''} is ${what}` : `${group.length} controllers are ${what}: ${names.join(', ')}`,
    body: sentences.join('\n\n'),
    data: {
      event: isSilent ? 'controllers_silent' : 'controllers_back',
      controllers: group.map(({ controller, heard }) => ({
        id: controller.id,
        path: pathOf(controller),
        last_heard_timestamp: formatTimestamp(heard),
      })),
    },
    ...(group.length === 1 ? { controllerId: first.controller.id } : {}),
  }
  const recorded = await announce(ctx, first.recipients, announcement, async (tx) => {
    await tx
      .updateTable('controller_status')
      .set({ watchdog_notification_sent: isSilent ? 1 : 0 })
      .where('id', 'in', ids)
      .execute()
  })
  for (const { controller, heard } of group) ctx.liveness.setReported(controller.id, isSilent ? heard : undefined)
  ctx.log[isSilent ? 'warn' : 'info']({ controllers: ids, recipients: first.recipients.length }, `controllers are ${what}`)
  const count = first.recipients.length
  const told = count === 0 ? 'Nobody is told: watchdog_recipients is empty.' : describeRecorded(recorded)
  await logWork(ctx, `${announcement.subject}. ${told}`)
}

function describeSilence(ctx: Context, { controller, heard }: SilenceChange): string {
  const live = ctx.liveness.get(controller.id)
  const minutes = (controller.watchdog?.limit ?? 0) / MINUTE
  return withLink(
    ctx,
    controller,
    `Nothing was heard from ${pathOf(controller)} since ${timeFor(ctx, controller, heard)}, which is longer than its ${minutes} ` +
      `${minutes === 1 ? 'minute' : 'minutes'} (watchdog_minutes).` +
      ` It is ${(live?.connections ?? 0) > 0 ? 'still' : 'not'} connected` +
      `${live?.address ? `; its last address was ${live.address}` : ''}.`,
  )
}

const describeReturn = (ctx: Context, { controller, heard }: SilenceChange): string => {
  const before = ctx.liveness.get(controller.id)?.reported
  return withLink(
    ctx,
    controller,
    `${pathOf(controller)} is back: it was heard at ` +
      `${timeFor(ctx, controller, heard)}${before === undefined ? '' : `, after silence since ${timeFor(ctx, controller, before)}`}.`,
  )
}

function withLink(ctx: Context, controller: Resource, sentence: string): string {
  const link = linkToResource(ctx, controller)
  return link === undefined ? sentence : `${sentence}\n${link}`
}

/** The clock of the organization that a resource belongs to; UTC when it has none. */
export const zoneFor = (ctx: Pick<Context, 'tree'>, resource: Resource): TimeZone => TimeZone.named(timezoneOf(ctx.tree, resource) ?? 'UTC')

/** A time to the second, for people: on the clock of the organization that the resource belongs to, with its zone. */
export const timeFor = (ctx: Pick<Context, 'tree'>, resource: Resource, time: Micros): string =>
  clockText(time, timezoneOf(ctx.tree, resource))

function latest(...times: readonly (Micros | undefined)[]): Micros | undefined {
  let newest: Micros | undefined
  for (const time of times) if (time !== undefined && (newest === undefined || time > newest)) newest = time
  return newest
}
