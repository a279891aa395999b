/** E-mails and text messages that controllers ask for. They are recorded here as held; nothing leaves the machine yet. */
import type { Actor } from './actor.ts'
import type { Context } from './context.ts'
import { forbidden, invalid } from './fault.ts'
import { quote } from './path.ts'
import type { ThrottleRule } from './throttles.ts'
import { HOUR } from './time.ts'

/** Most recipients of one e-mail or text message. */
export const MAX_RECIPIENTS = 5
const MAX_SUBJECT = 200
const MAX_EMAIL_BODY = 100_000
const MAX_TEXT_BODY = 1_600

const emails: ThrottleRule = { what: 'e-mails from this controller', limit: 10, window: HOUR }
const textMessages: ThrottleRule = { what: 'text messages from this controller', limit: 10, window: HOUR }

/** No white space or control characters, one @, something on both sides: the rest the mail server knows better. */
const EMAIL_ADDRESS = /^[^\s@\p{C},;<>"]+@[^\s@\p{C},;<>"]+$/u
const PHONE_NUMBER = /^\+?[0-9][0-9 ().-]{3,30}$/

export interface Email {
  readonly recipients: readonly string[]
  readonly subject: string
  readonly body: string
}

export interface TextMessage {
  readonly recipients: readonly string[]
  readonly body: string
}

/** An e-mail from a controller; resolves when it is durable. @throws Fault forbidden, invalid, throttled */
export async function sendEmail(ctx: Context, actor: Actor, { recipients, subject, body }: Email): Promise<void> {
  const controllerId = requireController(actor, 'send_email')
  requireRecipients(recipients, 'email_addresses', (address) => address.length <= 254 && EMAIL_ADDRESS.test(address))
  if (subject.length > MAX_SUBJECT || /\p{C}/u.test(subject)) throw invalid(`subject must be one line of at most ${MAX_SUBJECT} characters.`)
  requireBody(body, 'body', MAX_EMAIL_BODY)
  ctx.throttles.take(emails, String(controllerId))
  await record(ctx, controllerId, 'email', recipients, subject, body)
}

/** A text message from a controller; resolves when it is durable. @throws Fault forbidden, invalid, throttled */
export async function sendTextMessage(ctx: Context, actor: Actor, { recipients, body }: TextMessage): Promise<void> {
  const controllerId = requireController(actor, 'send_text_message')
  requireRecipients(recipients, 'phone_numbers', (number) => PHONE_NUMBER.test(number))
  requireBody(body, 'message', MAX_TEXT_BODY)
  ctx.throttles.take(textMessages, String(controllerId))
  await record(ctx, controllerId, 'text', recipients, '', body)
}

function requireController(actor: Actor, what: string): number {
  if (actor.kind !== 'controller') throw forbidden(`Only controllers may use ${what}.`)
  return actor.controllerId
}

function requireRecipients(recipients: readonly string[], field: string, isFine: (recipient: string) => boolean): void {
  if (recipients.length === 0) throw invalid(`${field} is missing or empty.`)
  if (recipients.length > MAX_RECIPIENTS) throw invalid(`${field} has ${recipients.length} recipients; at most ${MAX_RECIPIENTS} are allowed.`)
  for (const recipient of recipients) if (!isFine(recipient)) throw invalid(`${field}: ${quote(recipient)} is not one.`)
}

function requireBody(body: string, field: string, longest: number): void {
  if (body === '') throw invalid(`${field} is empty.`)
  if (body.length > longest) throw invalid(`${field} is longer than ${longest} characters.`)
  if (!body.isWellFormed() || body.includes('\0')) throw invalid(`${field} holds what is no Unicode text.`)
}

async function record(ctx: Context, controllerId: number, kind: 'email' | 'text', recipients: readonly string[], subject: string, body: string): Promise<void> {
  await ctx.db
    .insertInto('outgoing_messages')
    .values({
      controller_id: controllerId,
      user_id: null,
      kind,
      recipients: JSON.stringify(recipients),
      subject,
      body,
      state: 'held',
      attempts: 0,
      creation_timestamp: ctx.clock.now(),
      next_attempt_timestamp: null,
      sent_timestamp: null,
      error: null,
    })
    .execute()
}
