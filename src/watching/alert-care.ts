/** Tells the others who heard of an alert that somebody takes care of it, where its rule asks for that: nobody need get up as well. */
import { describeRule } from '../attributes/alert-rules.ts'
import type { Context } from '../context.ts'
import type { AlertHistoryRow, Tx } from '../database/schema.ts'
import { groupByRecipients, recordForAll } from '../notifications/announcements.ts'
import { linkToResource } from '../notifications/public-links.ts'
import type { Recorded } from '../notifications/queue.ts'
import type { Actor } from '../tree/actor.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { conditionWithUnits } from '../wire/alert-words.ts'
import { toldOf } from './alert-firings.ts'

interface Taken {
  readonly row: AlertHistoryRow
  readonly resource: Resource
}

/** Whom a message about their own "I'm on it" would tell nothing. */
interface Keeper {
  readonly name: string
  readonly addresses: ReadonlySet<string>
}

/**
 * Records the messages in the transaction of the acknowledgement. Each alert is told once, however often somebody takes care of it.
 * @returns what the caller announces after its commit
 */
export async function tellOfCare(ctx: Context, tx: Tx, actor: Actor, taken: readonly Taken[], note: string): Promise<Recorded[]> {
  const due = taken.flatMap((one) => {
    const rule = one.resource.alerts?.find(({ name }) => name === one.row.name)
    return rule?.tellsCare === true && one.row.ack_timestamp === null ? [{ ...one, rule }] : []
  })
  if (due.length === 0) return []
  const keeper = await keeperOf(tx, actor)
  const news = due.map((one) => ({
    ...one,
    recipients: [...new Set(toldOf(one.row).flatMap(({ recipients }) => recipients))].filter(
      (recipient) => !keeper.addresses.has(recipient.toLowerCase()),
    ),
  }))
  const recorded: Recorded[] = []
  for (const group of groupByRecipients(news.filter(({ recipients }) => recipients.length > 0))) {
    const [first] = group
    if (!first) continue
    const sentences = group.map(({ resource, rule }) => {
      const link = linkToResource(ctx, resource)
      const condition = conditionWithUnits(describeRule(rule), resource.sequence?.units)
      return `${pathOf(resource)} is ${condition} (alert "${rule.name}").${link === undefined ? '' : `\n${link}`}`
    })
    const what = group.length === 1 ? pathOf(first.resource) : `${group.length} alerts`
    recorded.push(
      ...(await recordForAll(ctx, tx, first.recipients, {
        subject: `${keeper.name} takes care of ${what}`,
        body: [...(note === '' ? [] : [`"${note}"`]), ...sentences].join('\n\n'),
        data: {
          event: 'alerts_acknowledged',
          by: keeper.name,
          note,
          alerts: group.map(({ resource, rule }) => ({ path: pathOf(resource), name: rule.name, kind: rule.kind })),
        },
      })),
    )
  }
  return recorded
}

async function keeperOf(tx: Tx, actor: Actor): Promise<Keeper> {
  const user =
    actor.kind === 'user' && actor.userId !== 0
      ? await tx.selectFrom('users').select(['full_name', 'user_name', 'email_address']).where('id', '=', actor.userId).executeTakeFirst()
      : undefined
  if (!user) return { name: 'Somebody', addresses: new Set() }
  const names = [user.email_address, ...(user.user_name === null ? [] : [user.user_name])].map((one) => one.toLowerCase())
  return {
    name: user.full_name || user.user_name || user.email_address,
    addresses: new Set([user.email_address.toLowerCase(), ...names.map((one) => `push:${one}`)]),
  }
}
