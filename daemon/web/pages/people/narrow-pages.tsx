/** Pages for visitors who are not signed in: a card in the middle, a mail that was sent, or what is not available here. */
import type { Child } from 'hono/jsx'
import { httpStatusOf, type Fault } from '../../../../src/base/fault.ts'
import { Card, Empty, Field, RefusalNotice } from '../../components/basics.tsx'
import { Icon } from '../../components/icons.tsx'
import type { Page, Refusal } from '../../page.ts'
import type { Visitor } from '../../visitor.ts'

interface CardPageProps {
  readonly title: string
  /** The title, unless given. */
  readonly heading?: string
  /** Below the heading. */
  readonly lead?: Child
  /** Between the lead and the card. */
  readonly warning?: Child
  /** In the card. */
  readonly form: Child
  /** Below the card. */
  readonly note?: Child
  readonly refusal?: Refusal | undefined
  readonly headers?: Readonly<Record<string, string>>
}

export function cardPage({ title, heading = title, lead, warning = null, form, note, refusal, headers }: CardPageProps): Page {
  return {
    title,
    bare: true,
    status: refusal === undefined ? 200 : httpStatusOf[refusal.fault.code],
    ...(headers === undefined ? {} : { headers }),
    content: (
      <div class="narrow stack">
        <h1 class="is-centred">{heading}</h1>
        {lead === undefined ? null : <p class="lead is-centred">{lead}</p>}
        {warning}
        <Card>
          <RefusalNotice refusal={refusal} />
          {form}
        </Card>
        {note === undefined ? null : <p class="note is-centred">{note}</p>}
      </div>
    ),
  }
}

/** A mail with a link was sent. @param advice paragraphs */
export const mailSentPage = (advice: Child): Page => ({
  title: 'Check your mail',
  bare: true,
  content: (
    <div class="narrow stack">
      <Empty icon="mail" title="Check your mail">
        {advice}
      </Empty>
    </div>
  ),
})

interface ClosedPageProps {
  readonly title: string
  /** The title, unless given. */
  readonly heading?: string
  readonly status: number
  /** Why it is not available. */
  readonly message: string
  /** What to do. */
  readonly advice: Child
  readonly headers?: Readonly<Record<string, string>>
}

/** A page that is not available: why, and what to do. */
export const closedPage = ({ title, heading = title, status, message, advice, headers = {} }: ClosedPageProps): Page => ({
  title,
  bare: true,
  status,
  headers,
  content: (
    <div class="error-page">
      <Icon name="lock" class="is-huge" />
      <h1>{heading}</h1>
      <p class="error-message">{message}</p>
      <p>{advice}</p>
      <p class="actions is-centred">
        <a class="button is-primary" href="/-/sign-in">
          Sign in
        </a>
      </p>
    </div>
  ),
})

/** A link from a mail or a terminal that is wrong, used or out of date. */
export function deadLinkPage(fault: Fault, rest: Pick<ClosedPageProps, 'advice' | 'headers' | 'heading'>): Page {
  const title = 'This link leads nowhere any more'
  const heading = fault.code === 'throttled' ? 'Too often' : title
  return closedPage({ title, heading, status: httpStatusOf[fault.code], message: fault.message, ...rest })
}

/** Takes people who have only a code, because no link could be mailed, to the page of its link. */
export const CodeForm = ({ action, label, hint }: { action: string; label: string; hint: string }) => (
  <form class="form" method="get" action={action}>
    <Field label={label} name="code" required maxlength={100} autocomplete="off" autofocus hint={hint} />
    <button class="button is-primary is-wide" type="submit">
      Continue
    </button>
  </form>
)

interface EmailFieldProps {
  readonly label: string
  readonly hint: string
  readonly visitor: Visitor
  readonly refusal: Refusal | undefined
  readonly autofocus?: boolean
}

/** The address to which the link is mailed: what was typed, or that of the account in use. */
export const EmailField = ({ label, hint, visitor, refusal, autofocus = false }: EmailFieldProps) => (
  <Field
    label={label}
    name="email_address"
    type="email"
    value={refusal?.form['email_address'] ?? visitor.user?.emailAddress}
    required
    maxlength={100}
    autocomplete="email"
    autofocus={autofocus}
    hint={hint}
  />
)
