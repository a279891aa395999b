/** Mails that bring a code to its holder: an invitation, a new organization, a new password. */
import type { Context } from '../context.ts'
import type { Tx } from '../database/schema.ts'
import { announceNotification, recordNotification, type Recorded } from '../notifications/queue.ts'
import { linkTo } from '../notifications/public-links.ts'

export interface CodeMail {
  readonly subject: string
  body(code: string): string
}

/** Records a mail with a code. The record drops the code once the mail was sent. @param userId the user who asked for it */
export const recordCodeMail = (
  ctx: Context,
  tx: Tx,
  emailAddress: string,
  mail: CodeMail,
  code: string,
  userId?: number,
): Promise<Recorded> =>
  recordNotification(ctx, tx, {
    kind: 'email',
    recipients: [emailAddress],
    subject: mail.subject,
    body: mail.body(code),
    isSecret: true,
    ...(userId === undefined ? {} : { userId }),
  })

/** Call it after the commit. */
export function announceMail(ctx: Context, recorded: Recorded | undefined): void {
  if (recorded) announceNotification(ctx, recorded)
}

interface CodeUse {
  /** Path of the page that takes the code, beginning with a slash. */
  readonly page: string
  readonly code: string
  /** `7 days` */
  readonly validity: string
  /** What to do if the page's address is unknown. */
  readonly otherwise: string
}

/** Says how to use a code: with its page if people can reach this server, otherwise with a command. */
export function howToUse(ctx: Context, { page, code, validity, otherwise }: CodeUse): string {
  const link = linkTo(ctx, page)
  const lines =
    link === undefined
      ? [`Your code, valid for ${validity} and once, is ${code}`, '', otherwise]
      : [`To go on, open this page within ${validity}:`, '', link, '', `Your code is ${code}`]
  return `${lines.join('\n')}\n\nIf this means nothing to you, ignore it: nothing happens then.\n`
}

/** How to use a code with the command. */
export const byCommand = (command: string): string => `Where the command "rhizo" is installed: ${command}`
