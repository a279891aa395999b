/** Small parts of pages that change something without script: a button that is a form, what was done, a secret that is shown once. */
import type { Child, PropsWithChildren } from 'hono/jsx'
import type { Fields } from '../page.ts'
import type { Visitor } from '../visitor.ts'
import { CopyBox, Notice } from './basics.tsx'
import { FormFields } from './forms.tsx'
import { Icon, type IconName } from './icons.tsx'

interface PostButtonProps {
  visitor: Visitor
  /** Where it goes; undefined: the page's own address. */
  action?: string
  fields: Readonly<Record<string, string | number>>
  /** What a screen reader says, where the text alone does not tell which of a list it is for. */
  label?: string
  icon?: IconName
  danger?: boolean
  /** Asked first, with script. */
  confirm?: string
  small?: boolean
}

/** One button that posts. */
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

/** What a change that led here did: `?done=NAME` stands for one of our own sentences, so that no link makes the page say others. */
export const DoneNotice = ({ query, texts }: { query: Fields; texts: Readonly<Record<string, string>> }) => {
  const { done } = query
  return done !== undefined && Object.hasOwn(texts, done) ? <Notice tone="success">{texts[done]}</Notice> : null
}

/** A key or a code that nobody can find out again: it stands in this answer only, which browsers are told not to keep. */
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

/** Of a page that shows a secret. */
export const keepsNothing = { 'cache-control': 'no-store' } as const
