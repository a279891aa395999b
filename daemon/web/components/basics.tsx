/** Components that most pages use. Their styles are in styles/. */
import { withLabels } from '../shared/field-labels.ts'
import { escapeHidden } from '../../../src/base/hidden-text.ts'
import type { Child, PropsWithChildren } from 'hono/jsx'
import { formatAge, formatTime } from '../shared/format.ts'
import { formatTimestamp, parseTimestamp, type Micros } from '../../../src/base/time.ts'
import type { Refusal } from '../page.ts'
import type { Visitor } from '../visitor.ts'
import { Icon, type IconName } from './icons.tsx'

/** The page's heading, and beside it the actions of the page. */
export const PageHeader = ({ title, icon, lead, children }: PropsWithChildren<{ title: string; icon?: IconName; lead?: Child }>) => (
  <div class="page-header">
    <div class="page-heading">
      <h1>
        {icon === undefined ? null : <Icon name={icon} class="is-large" />}
        <span>{escapeHidden(title)}</span>
      </h1>
      {lead === undefined ? null : <p class="lead">{lead}</p>}
    </div>
    {children === undefined ? null : <div class="actions">{children}</div>}
  </div>
)

export const Card = ({ title, note, id, children }: PropsWithChildren<{ title?: string; note?: Child; id?: string }>) => (
  <section class="card" id={id} aria-label={title}>
    {title === undefined ? null : (
      <div class="card-header">
        <h2>{title}</h2>
        {note === undefined ? null : <p class="note">{note}</p>}
      </div>
    )}
    {children}
  </section>
)

/** A point in time as an age that main.ts keeps up to date; hovering shows the exact time. */
export const Age = ({ time, now }: { time: Micros; now: Micros }) => (
  <time datetime={formatTimestamp(time)} data-age title={`${formatTime(time / 1000)} UTC`}>
    {formatAge(time / 1000, now / 1000)}
  </time>
)

/** The same for a time as the API writes it; `otherwise` if it is null or malformed. */
export const AgeOf = ({ timestamp, now, otherwise = 'never' }: { timestamp: string | null; now: Micros; otherwise?: string }) => {
  const time = timestamp === null ? undefined : parseTimestamp(timestamp)
  return time === undefined ? <>{otherwise}</> : <Age time={time} now={now} />
}

export const Csrf = ({ visitor }: { visitor: Visitor }) => <input type="hidden" name="csrf_token" value={visitor.csrfToken} />

export type Tone = 'info' | 'success' | 'warning' | 'danger'
const TONE_ICONS: Readonly<Record<Tone, IconName>> = { info: 'info', success: 'check', warning: 'warning', danger: 'warning' }

/** A message in the page. */
export const Notice = ({ tone = 'info', children }: PropsWithChildren<{ tone?: Tone }>) => (
  <div class={`notice is-${tone}`} role={tone === 'danger' ? 'alert' : 'status'}>
    <Icon name={TONE_ICONS[tone]} />
    <div>{children}</div>
  </div>
)

/** Why a form was refused; nothing otherwise. */
export const RefusalNotice = ({ refusal }: { refusal: Refusal | undefined }) =>
  refusal === undefined ? null : <Notice tone="danger">{withLabels(refusal.fault.message, Object.keys(refusal.form))}</Notice>

export const Badge = ({ tone, children }: PropsWithChildren<{ tone?: Tone }>) => (
  <span class={tone === undefined ? 'badge' : `badge is-${tone}`}>{children}</span>
)

/** A placeholder for content that does not exist yet: what it is for, and how to begin. */
export const Empty = ({ icon, title, children }: PropsWithChildren<{ icon: IconName; title: string }>) => (
  <div class="empty">
    <Icon name={icon} class="is-huge" />
    <p class="empty-title">{title}</p>
    {children}
  </div>
)

interface FieldProps {
  label: string
  name: string
  type?: 'text' | 'email' | 'password' | 'number' | 'search' | 'url'
  value?: string | undefined
  hint?: Child
  /** What is wrong with the field's value. */
  problem?: string | undefined
  required?: boolean
  autocomplete?: string
  maxlength?: number
  /** Id of a datalist with suggestions. */
  list?: string
  minlength?: number
  pattern?: string
  placeholder?: string
  autofocus?: boolean
  inputmode?: 'text' | 'numeric' | 'decimal'
  min?: number
  max?: number
  step?: string
  /** Name of the field whose text it follows, as the name of a folder, until somebody types in it. */
  'data-named-after'?: string
  /** What the script sends when it is left empty. */
  'data-when-empty'?: string
}

interface Beside {
  id: string
  hint?: Child
  problem?: string | undefined
}

/** ARIA attributes of a field: which of the texts below describe it, and whether its value is wrong. */
const described = ({ id, hint, problem }: Beside) => ({
  'aria-describedby':
    [...(problem === undefined ? [] : [`${id}-problem`]), ...(hint === undefined ? [] : [`${id}-hint`])].join(' ') || undefined,
  'aria-invalid': problem === undefined ? undefined : 'true',
})

const Below = ({ id, hint, problem }: Beside) => (
  <>
    {problem === undefined ? null : (
      <p class="field-problem" id={`${id}-problem`}>
        {problem}
      </p>
    )}
    {hint === undefined ? null : (
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
    )}
  </>
)

/** A labelled input, with what is wrong with its value. Its id is derived from its name: use each name once in a page, or give `id`. */
export const Field = ({
  label,
  name,
  type = 'text',
  value,
  hint,
  problem,
  id = `field-${name}`,
  ...rest
}: FieldProps & { id?: string }) => (
  <div class="field">
    <label for={id}>{label}</label>
    <input id={id} name={name} type={type} value={value} {...described({ id, hint, problem })} {...rest} />
    <Below id={id} hint={hint} problem={problem} />
  </div>
)

interface SelectProps {
  label: string
  name: string
  options: readonly (readonly [value: string, text: string])[]
  value?: string | undefined
  hint?: Child
  problem?: string | undefined
  id?: string
}

export const Select = ({ label, name, options, value, hint, problem, id = `field-${name}` }: SelectProps) => (
  <div class="field">
    <label for={id}>{label}</label>
    <select id={id} name={name} {...described({ id, hint, problem })}>
      {options.map(([option, text]) => (
        <option value={option} selected={option === value}>
          {text}
        </option>
      ))}
    </select>
    <Below id={id} hint={hint} problem={problem} />
  </div>
)

/** Text to be copied, with a button that copies it. @param wraps for sentences: what is long goes on in the next line */
export const CopyBox = ({ label, text, wraps = false }: { label: string; text: string; wraps?: boolean }) => (
  <div class={wraps ? 'copy-box is-wrapped' : 'copy-box'} data-copy-box>
    <pre tabindex={0} aria-label={label}>
      <code>{text}</code>
    </pre>
    <button type="button" class="button is-small" data-copy={text}>
      <Icon name="copy" />
      <span>Copy</span>
    </button>
  </div>
)

/** A native dialog; a button with `data-dialog="ID"` opens it, one with `data-close` closes it. */
export const Dialog = ({ id, title, wide = false, children }: PropsWithChildren<{ id: string; title: string; wide?: boolean }>) => (
  <dialog id={id} class={wide ? 'dialog is-wide' : 'dialog'} aria-labelledby={`${id}-title`}>
    <div class="dialog-header">
      <h2 id={`${id}-title`}>{title}</h2>
      <button type="button" class="button is-quiet is-icon" data-close aria-label="Close">
        <Icon name="close" />
      </button>
    </div>
    {children}
  </dialog>
)

/** Links between the views of one resource. */
export const Tabs = ({
  label,
  tabs,
}: {
  label: string
  tabs: readonly { readonly text: string; readonly href: string; readonly isCurrent: boolean }[]
}) => (
  <nav class="tabs" aria-label={label}>
    {tabs.map(({ text, href, isCurrent }) => (
      <a href={href} aria-current={isCurrent ? 'page' : undefined}>
        {text}
      </a>
    ))}
  </nav>
)
