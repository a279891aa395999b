/**
 * The one place that knows why notifications can't leave this server now. Whatever takes recipients asks here, and says so at once: an
 * alarm that can't reach anybody must not look set up.
 */
import { channelOf } from '../attributes/chat-channels.ts'
import { reasonAgainstWebhook, kindOfRecipient } from '../attributes/recipients.ts'
import type { Settings } from '../settings/settings.ts'
import type { PushReach } from './push-reach.ts'
import type { NotificationKind } from '../wire/notification-kinds.ts'

interface HasSettings {
  readonly settings: Settings
  /** Missing where nobody knows who has devices. */
  readonly pushReach?: PushReach
}

/** Recipients that can't be told, for the same reason. */
export interface Obstacle {
  readonly kind: NotificationKind
  readonly recipients: readonly string[]
  /** A sentence. */
  readonly reason: string
  /** What to do about it: a sentence. */
  readonly remedy: string
}

const SETTING = 'Set it in the settings file, and start the server again.'
const DEVICE = 'They switch alarms on in "My settings", on each device.'

const neededSettings = {
  email: ['OUTGOING_EMAIL_SERVER', 'OUTGOING_EMAIL_ADDRESS'],
  text: ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TEXT_FROM_PHONE_NUMBER'],
  webhook: [],
  ntfy: [],
  telegram: ['TELEGRAM_BOT_TOKEN'],
  slack: ['SLACK_WEBHOOKS'],
  teams: ['TEAMS_WEBHOOKS'],
  pushover: ['PUSHOVER_TOKEN'],
  push: ['PUBLIC_URL'],
  extension: [],
} as const

/** Why notifications of a kind can't leave this machine; undefined when they can. */
export function reasonToHold({ settings }: HasSettings, kind: NotificationKind): string | undefined {
  if (!settings.PRODUCTION) return 'The setting PRODUCTION is not true: nothing leaves this machine.'
  const missing = neededSettings[kind].filter((name) => settings[name] === undefined || settings[name] === '')
  if (kind === 'push' && !(settings.PUBLIC_URL ?? '').startsWith('https:'))
    return 'The setting PUBLIC_URL is not an https address: browsers take alarms only from a site that they reach by https.'
  if (missing.length === 0) return undefined
  return `${missing.length === 1 ? `The setting ${missing[0] ?? ''} is` : `The settings ${missing.join(', ')} are`} missing.`
}

/** What keeps these recipients from being told; empty when nothing is known to. Texts that are no recipients are left out. */
export function obstaclesTo(ctx: HasSettings, recipients: readonly string[]): Obstacle[] {
  const found = new Map<string, Obstacle & { readonly recipients: string[] }>()
  for (const recipient of new Set(recipients)) {
    const kind = kindOf(recipient)
    const reason = kind && reasonAgainst(ctx, kind, recipient)
    if (!kind || reason === undefined) continue
    const obstacle = found.get(reason)
    if (obstacle) obstacle.recipients.push(recipient)
    else
      found.set(reason, {
        kind,
        recipients: [recipient],
        reason,
        remedy: reasonToHold(ctx, kind) === undefined && kind === 'push' ? DEVICE : SETTING,
      })
  }
  return [...found.values()]
}

/** The same as sentences, which also say what to do. */
export const warningsFor = (ctx: HasSettings, recipients: readonly string[]): string[] =>
  obstaclesTo(ctx, recipients).map(
    ({ recipients: some, reason, remedy }) =>
      `${some.join(', ')} can't be told now, messages ${remedy === DEVICE ? 'fail' : 'are held'}: ${reason} ${remedy}`,
  )

function reasonAgainst(ctx: HasSettings, kind: NotificationKind, recipient: string): string | undefined {
  const reason = reasonToHold(ctx, kind)
  if (reason !== undefined) return reason
  const unwanted = kind === 'webhook' ? reasonAgainstWebhook(ctx.settings, recipient) : undefined
  if (unwanted !== undefined) return unwanted
  const name = recipient.slice(recipient.indexOf(':') + 1)
  for (const [chat, setting] of [['slack', 'SLACK_WEBHOOKS'] as const, ['teams', 'TEAMS_WEBHOOKS'] as const])
    if (kind === chat && channelOf(ctx.settings[setting], name) === undefined) return `The setting ${setting} names no channel ${name}.`
  if (kind === 'push' && ctx.pushReach?.has(name) === false) return `No device of ${name} takes alarms.`
  const extension = kind === 'extension' ? recipient.split(':')[1] : undefined
  if (extension !== undefined && !ctx.settings.AUTOLOAD_EXTENSIONS && !ctx.settings.EXTENSIONS.includes(extension))
    return `The setting EXTENSIONS names no ${extension}.`
  return undefined
}

function kindOf(recipient: string): NotificationKind | undefined {
  try {
    return kindOfRecipient(recipient)
  } catch {
    return undefined
  }
}
