/** Recipients of notifications, by kind. */
import { invalid } from '../base/fault.ts'
import { addressIn, isLocalName, isOfThisMachine } from '../base/networks.ts'
import { NOTIFICATION_KINDS, type NotificationKind } from '../wire/notification-kinds.ts'
import { quote } from '../base/path.ts'
import type { Settings } from '../settings/settings.ts'

/** Maximum number of recipients of one notification. */
export const MAX_RECIPIENTS = 5
const MAX_URL = 2_000

/** No white space or control characters, one @, something on both sides: the mail server checks the rest better. */
const EMAIL_ADDRESS = /^[^\s@\p{C},;:<>"()[\]\\]+@[^\s@\p{C},;:<>"()[\]\\]+$/u
const PHONE_NUMBER = /^\+?[0-9][0-9 ().-]{3,30}$/

const isRecipient: Record<NotificationKind, (text: string) => boolean> = {
  email: (text) => text.length <= 254 && EMAIL_ADDRESS.test(text),
  text: (text) => PHONE_NUMBER.test(text),
  webhook: isWebhookUrl,
  ntfy: (text) => /^ntfy:[-\w]{1,64}$/.test(text),
  telegram: (text) => /^telegram:(?:-?\d{1,15}|@[A-Za-z]\w{3,31})$/.test(text),
  slack: (text) => /^slack:[\w.-]{1,40}$/.test(text),
  teams: (text) => /^teams:[\w.-]{1,40}$/.test(text),
  pushover: (text) => /^pushover:[A-Za-z0-9]{30}$/.test(text),
  push: (text) => /^push:[^\s\p{C},;:<>"()[\]\\]{1,254}$/u.test(text),
  extension: (text) => /^ext:[a-z0-9-]{1,40}:[^\s\p{C}]{1,200}$/u.test(text),
}

const namesOfKinds: Record<NotificationKind, string> = {
  email: 'an e-mail address',
  text: 'a phone number',
  webhook: `an http or https URL of at most ${MAX_URL} characters without user name and password`,
  ntfy: 'a topic of ntfy (ntfy:TOPIC)',
  telegram: 'a chat of Telegram (telegram:NUMBER or telegram:@CHANNEL)',
  slack: 'a channel of Slack that SLACK_WEBHOOKS names (slack:NAME)',
  teams: 'a channel of Microsoft Teams that TEAMS_WEBHOOKS names (teams:NAME)',
  pushover: 'a user key of Pushover (pushover:KEY)',
  push: 'a user whose devices take alarms (push:NAME)',
  extension: 'whom an extension reaches (ext:NAME:ADDRESS)',
}

/**
 * @param field the list's name in messages
 * @throws Fault invalid when there are none or too many, or one is not of this kind
 */
export function requireRecipients(kind: NotificationKind, recipients: readonly string[], field: string): void {
  if (recipients.length === 0) throw invalid(`${field} is missing or empty.`)
  if (recipients.length > MAX_RECIPIENTS)
    throw invalid(`${field} has ${recipients.length} recipients; at most ${MAX_RECIPIENTS} are allowed.`)
  for (const recipient of recipients)
    if (!isRecipient[kind](recipient)) throw invalid(`${field}: ${quote(recipient)} is not ${namesOfKinds[kind]}.`)
}

/** The kind of notification that reaches a recipient. @throws Fault invalid when no kind does */
export function kindOfRecipient(recipient: string, field = 'recipient'): NotificationKind {
  const kind = NOTIFICATION_KINDS.find((one) => isRecipient[one](recipient))
  if (kind === undefined) throw invalid(`${field}: ${quote(recipient)} is neither ${Object.values(namesOfKinds).join(' nor ')}.`)
  return kind
}

function isWebhookUrl(text: string): boolean {
  if (text.length > MAX_URL || /[\s\p{C}]/u.test(text) || !URL.canParse(text)) return false
  const { protocol, hostname, username, password } = new URL(text)
  return (protocol === 'http:' || protocol === 'https:') && hostname !== '' && username === '' && password === ''
}

/**
 * Why webhooks may not go to the host of an http(s) URL; undefined: they may, if its name does not lead to this machine. Without
 * WEBHOOK_HOSTS any other host is allowed, as most receivers are in the lab's own network; programs of this machine often trust whatever
 * comes from it, so an admin has to name them.
 */
export function reasonAgainstWebhook(settings: Pick<Settings, 'WEBHOOK_HOSTS'>, text: string): string | undefined {
  const url = isWebhookUrl(text) ? new URL(text) : undefined
  if (url && isNamedWebhookHost(settings, url)) return undefined
  if (!url || settings.WEBHOOK_HOSTS.length > 0) return 'The setting WEBHOOK_HOSTS does not name its host.'
  const address = addressIn(url)
  return (address !== undefined && isOfThisMachine(address)) || isLocalName(url) ? NOT_HERE : undefined
}

const NOT_HERE = 'It leads to this machine itself, and the setting WEBHOOK_HOSTS does not name its host.'

/** Whether the setting WEBHOOK_HOSTS names the host of a URL, with or without its port. */
export const isNamedWebhookHost = ({ WEBHOOK_HOSTS: hosts }: Pick<Settings, 'WEBHOOK_HOSTS'>, { host, hostname }: URL): boolean =>
  hosts.some((allowed) => typeof allowed === 'string' && [host, hostname].includes(allowed.toLowerCase()))
