/** Small components for changes without script: a button that is a form, a confirmation, a secret that is shown once. */
import type { Child, PropsWithChildren } from 'hono/jsx'
import type { Fields } from '../page.ts'
import type { Visitor } from '../visitor.ts'
import { CopyBox, Notice } from './basics.tsx'
import { FormFields } from './forms.tsx'
import { Icon, type IconName } from './icons.tsx'

interface PostButtonProps {
  visitor: Visitor
  /** Target address; undefined: the page's own address. */
  action?: string
  fields: Readonly<Record<string, string | number>>
  /** Label for screen readers, if the text alone does not tell which item of a list it is for. */
  label?: string
  icon?: IconName
  danger?: boolean
  /** A question to confirm first, with script. */
  confirm?: string
  small?: boolean
}

/** A button that posts a form. */
export const PostButton = ({
  visitor,
  action,
  fields,
  label,
  icon,
  danger = false,
  confirm,
  small = true,
  children,
}: PropsWithChildren<PostButtonProps>) => (
  <form method="post" action={action} data-confirm={confirm}>
    <FormFields visitor={visitor} hidden={fields} />
    <button type="submit" class={`button${small ? ' is-small' : ''}${danger ? ' is-danger' : ''}`} aria-label={label}>
      {icon === undefined ? null : <Icon name={icon} />}
      {children}
    </button>
  </form>
)

/**
 * Confirms the change that led here: `?done=NAME` selects one of our own sentences, so that a link can't make the page say anything else.
 */
export const DoneNotice = ({ query, texts }: { query: Fields; texts: Readonly<Record<string, string>> }) => {
  const { done } = query
  return done !== undefined && Object.hasOwn(texts, done) ? <Notice tone="success">{texts[done]}</Notice> : null
}

/** A key or a code that can't be shown again: it is only in this answer, which browsers are told not to store. */
export const NewSecret = ({
  title,
  label,
  secret,
  children,
}: PropsWithChildren<{ title: string; label: string; secret: string; children?: Child }>) => (
  <section class="card is-highlight" aria-label={title}>
    <div class="card-header">
      <h2>{title}</h2>
      <p class="note">Copy it now: it is shown this once, and only a hash of it is kept.</p>
    </div>
    <CopyBox label={label} text={secret} />
    {children}
  </section>
)

/** Headers of a page that shows a secret. */
export const keepsNothing = { 'cache-control': 'no-store' } as const
