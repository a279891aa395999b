/** Announcements of watchdogs and alerts: events that happen at once go out in one message, instead of one message each. */
import type { Context } from '../context.ts'
import type { Tx } from '../database/schema.ts'
import { transact } from '../database/transact.ts'
import { announceNotification, recordNotification, type Notification, type Recorded } from './queue.ts'
import type { NotificationKind } from '../wire/notification-kinds.ts'
import { MAX_RECIPIENTS, kindOfRecipient } from '../attributes/recipients.ts'

export type Announcement = Omit<Notification, 'kind' | 'recipients'>

/** Groups events by their set of recipients. */
export function groupByRecipients<T extends { readonly recipients: readonly string[] }>(items: readonly T[]): T[][] {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = [...item.recipients].sort().join('\n')
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return [...groups.values()]
}

/**
 * Queues an announcement for all its recipients, and records in the same transaction that it was queued.
 * @param write writes that record, knowing what was queued or held
 * @returns what became of it, for each kind
 * @throws Fault busy when too many messages wait to be sent; nothing is written then
 */
export async function announce(
  ctx: Context,
  recipients: readonly string[],
  announcement: Announcement,
  write: (tx: Tx, recorded: readonly Recorded[]) => Promise<void>,
): Promise<Recorded[]> {
  const recorded = await transact(ctx, async (tx) => {
    const all = await recordForAll(ctx, tx, recipients, announcement)
    await write(tx, all)
    return all
  })
  for (const one of recorded) announceNotification(ctx, one)
  return recorded
}

/** What was done for recipients, for a log: at this moment nothing has left yet. */
export function describeRecorded(recorded: readonly Recorded[]): string {
  const queued = recorded.filter(({ held }) => held === undefined).reduce((sum, { recipients }) => sum + recipients, 0)
  const held = new Map<string, number>()
  for (const one of recorded) if (one.held !== undefined) held.set(one.held, (held.get(one.held) ?? 0) + one.recipients)
  const sentences = queued > 0 ? [`Queued for ${count(queued)}.`] : []
  for (const [reason, recipients] of held) sentences.push(`Held, so ${count(recipients)} will not be told: ${reason}`)
  return sentences.join(' ')
}

const count = (recipients: number): string => `${recipients} ${recipients === 1 ? 'recipient' : 'recipients'}`

/** Records an announcement for recipients of several kinds; the caller announces what it gets after its commit. */
export async function recordForAll(ctx: Context, tx: Tx, recipients: readonly string[], announcement: Announcement): Promise<Recorded[]> {
  const byKind = new Map<NotificationKind, string[]>()
  for (const recipient of recipients) {
    const kind = kindOfRecipient(recipient)
    byKind.set(kind, [...(byKind.get(kind) ?? []), recipient])
  }
  const recorded: Recorded[] = []
  for (const [kind, list] of byKind) {
    for (let from = 0; from < list.length; from += MAX_RECIPIENTS)
      recorded.push(await recordNotification(ctx, tx, { ...announcement, kind, recipients: list.slice(from, from + MAX_RECIPIENTS) }))
  }
  return recorded
}
