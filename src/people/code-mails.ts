/** Mails that bring a code to its holder: an invitation, a new organization, a new password. */
import type { Context } from '../context.ts'
import type { Tx } from '../database/schema.ts'
import { announceNotification, recordNotification, type Recorded } from '../notifications/queue.ts'
import { linkTo } from '../notifications/public-links.ts'

export interface CodeMail {
  readonly subject: string
  body(code: string): string
}

/** The code is in the mail alone: its record forgets it. @param userId who asked for it */
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

/** To be called after the commit. */
export function announceMail(ctx: Context, recorded: Recorded | undefined): void {
  if (recorded) announceNotification(ctx, recorded)
}

interface CodeUse {
  /** Where it is used, beginning with a slash. */
  readonly page: string
  readonly code: string
  /** `7 days` */
  readonly validity: string
  /** What to do where nobody knows the page's address. */
  readonly otherwise: string
}

/** How to use a code: by its page where people can reach this server, and otherwise by itself. */
export function howToUse(ctx: Context, { page, code, validity, otherwise }: CodeUse): string {
  const link = linkTo(ctx, page)
  const lines =
    link === undefined
      ? [`Your code, valid for ${validity} and once, is ${code}`, '', otherwise]
      : [`To go on, open this page within ${validity}:`, '', link, '', `Your code is ${code}`]
  return `${lines.join('\n')}\n\nIf this means nothing to you, ignore it: nothing happens then.\n`
}

/** How a code is used by the command. */
export const byCommand = (command: string): string => `Where the command "rhizo" is installed: ${command}`
