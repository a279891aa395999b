/** E-mails and text messages that controllers send. Source: protocol, section 6. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { forbidden, invalid } from '../base/fault.ts'
import { MAX_EMAIL_BODY, MAX_SUBJECT, MAX_TEXT_BODY, enqueueNotification, type Enqueued } from './queue.ts'
import { requireRecipients } from '../attributes/recipients.ts'
import type { ThrottleRule } from '../tree/throttles.ts'
import { HOUR } from '../base/time.ts'

const emails: ThrottleRule = { what: 'e-mails from this controller', limit: 10, window: HOUR, durable: true }
const textMessages: ThrottleRule = { what: 'text messages from this controller', limit: 10, window: HOUR, durable: true }

export interface Email {
  readonly recipients: readonly string[]
  readonly subject: string
  readonly body: string
}

export interface TextMessage {
  readonly recipients: readonly string[]
  readonly body: string
}

/** Sends an e-mail of a controller; resolves when it is durably queued, or held. @throws Fault forbidden, invalid, throttled */
export async function sendEmail(ctx: Context, actor: Actor, { recipients, subject, body }: Email): Promise<Enqueued> {
  const controllerId = requireController(actor, 'send_email')
  requireRecipients('email', recipients, 'email_addresses')
  if (subject.length > MAX_SUBJECT || /\p{C}/u.test(subject))
    throw invalid(`subject must be one line of at most ${MAX_SUBJECT} characters.`)
  requireBody(body, 'body', MAX_EMAIL_BODY)
  ctx.throttles.take(emails, String(controllerId))
  return enqueueNotification(ctx, { kind: 'email', recipients, subject, body, controllerId })
}

/** Sends a text message of a controller; resolves when it is durably queued, or held. @throws Fault forbidden, invalid, throttled */
export async function sendTextMessage(ctx: Context, actor: Actor, { recipients, body }: TextMessage): Promise<Enqueued> {
  const controllerId = requireController(actor, 'send_text_message')
  requireRecipients('text', recipients, 'phone_numbers')
  requireBody(body, 'message', MAX_TEXT_BODY)
  ctx.throttles.take(textMessages, String(controllerId))
  return enqueueNotification(ctx, { kind: 'text', recipients, subject: '', body, controllerId })
}

function requireController(actor: Actor, what: string): number {
  if (actor.kind !== 'controller') throw forbidden(`Only controllers may use ${what}.`)
  return actor.controllerId
}

function requireBody(body: string, field: string, longest: number): void {
  if (body === '') throw invalid(`${field} is empty.`)
  if (body.length > longest) throw invalid(`${field} is longer than ${longest} characters.`)
  if (!body.isWellFormed() || body.includes('\0')) throw invalid(`${field} holds what is no Unicode text.`)
}
