/** Sends mail over SMTP. */
import { dirname, resolve } from 'node:path'
import { domainToASCII } from 'node:url'
import type { NodemailerError, SMTPTransportOptions } from 'nodemailer'
import { readText } from '../../src/base/regular-files.ts'
import type { Context } from '../../src/context.ts'
import type { Delivery, OutgoingMessage } from '../../src/notifications/delivery.ts'
import { deferred, delivered, refused, type Sender } from './sender.ts'

const CONNECT_TIMEOUT_MS = 20_000
const SILENCE_TIMEOUT_MS = 60_000

export const sendEmail: Sender = async function* (ctx, message, signal) {
  // Load it with the first mail: most servers send none, and memory is scarce on a Pi.
  const { createTransport } = await import('nodemailer')
  let options: SMTPTransportOptions
  try {
    options = await transportOptions(ctx)
  } catch (error) {
    const reason = `Can't read OUTGOING_EMAIL_CA_FILE: ${messageOf(error)}`
    for (const recipient of message.waiting) yield [recipient, deferred(reason)]
    return
  }
  const transport = createTransport(options)
  let errors: ReadonlyMap<string, NodemailerError> = new Map()
  let failure: NodemailerError | undefined
  try {
    const { rejectedErrors } = (await transport.sendMail({ ...composeMail(ctx, message), signal })) as {
      rejectedErrors?: NodemailerError[]
    }
    errors = byRecipient(rejectedErrors)
  } catch (error) {
    failure = error as NodemailerError
    errors = byRecipient(failure.rejectedErrors)
  } finally {
    transport.close()
  }
  for (const recipient of message.waiting) {
    const error = errors.get(comparable(recipient)) ?? failure
    yield [recipient, error ? deliveryOf(error) : delivered]
  }
}

async function transportOptions({ settings }: Context): Promise<SMTPTransportOptions> {
  const { OUTGOING_EMAIL_CA_FILE: caFile, OUTGOING_EMAIL_SECURITY: security, OUTGOING_EMAIL_USER_NAME: user } = settings
  const ca = caFile === undefined ? undefined : await readText(resolve(dirname(settings.file), caFile))
  return {
    host: settings.OUTGOING_EMAIL_SERVER ?? '',
    port: settings.OUTGOING_EMAIL_PORT,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'plain',
    ...(ca === undefined ? {} : { tls: { ca } }),
    ...(user === undefined || user === '' ? {} : { auth: { user, pass: settings.OUTGOING_EMAIL_PASSWORD ?? '' } }),
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    dnsTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

/** Every attempt has the same Message-ID, so that duplicates can be recognized. */
function composeMail({ settings, clock }: Context, { id, created, recipients, waiting, subject, body }: OutgoingMessage) {
  const sender = settings.OUTGOING_EMAIL_ADDRESS ?? ''
  return {
    from: { name: settings.SYSTEM_NAME, address: sender },
    to: recipients.map((address) => ({ name: '', address })),
    envelope: { from: sender, to: [...waiting] },
    subject,
    text: body,
    date: new Date(clock.now() / 1000),
    messageId: `<rhizo-${id}-${created}@${sender.slice(sender.lastIndexOf('@') + 1)}>`,
    // Prevents automatic replies.
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
}

/** A mail is refused for good only if the server refuses this mail permanently; failures of its greeting or the login may pass. */
function deliveryOf(error: NodemailerError): Delivery {
  const isAboutMail = error.code === 'EENVELOPE' || error.code === 'EMESSAGE'
  const said = error.response ?? error.message
  const reason = error.code === 'ETLS' ? `No encryption (OUTGOING_EMAIL_SECURITY, STARTTLS): ${said}` : said
  return isAboutMail && error.permanent === true ? refused(reason) : deferred(reason)
}

const byRecipient = (errors: readonly NodemailerError[] = []): Map<string, NodemailerError> =>
  new Map(errors.map((error) => [comparable(error.recipient ?? ''), error]))

/** An address as it appears in errors, in which its domain may be in ASCII form. */
function comparable(address: string): string {
  const at = address.lastIndexOf('@')
  return `${address.slice(0, at)}@${domainToASCII(address.slice(at + 1)) || address.slice(at + 1)}`.toLowerCase()
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
