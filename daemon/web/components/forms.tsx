/** Forms of most pages: one that posts without script, and one in a dialog, which a script sends. */
import type { Child, PropsWithChildren } from 'hono/jsx'
import type { Visitor } from '../visitor.ts'
import { Csrf, Field } from './basics.tsx'
import { Icon, type IconName } from './icons.tsx'

interface PostFormProps {
  visitor: Visitor
  /** Target address; undefined: the page's own address. */
  action?: string
  /** Hidden fields. */
  hidden?: Readonly<Record<string, string | number>>
  /** Text of its button. */
  submit: Child
  icon?: IconName
  /** True: the button takes the full width, for pages that consist only of the form. */
  wide?: boolean
}

/** Hidden fields that every form posts. */
export const FormFields = ({ visitor, hidden = {} }: Pick<PostFormProps, 'visitor' | 'hidden'>) => (
  <>
    <Csrf visitor={visitor} />
    {Object.entries(hidden).map(([name, value]) => (
      <input type="hidden" name={name} value={String(value)} />
    ))}
  </>
)

/** Fields, and a button that posts them. */
export const PostForm = ({ visitor, action, hidden = {}, submit, icon, wide = false, children }: PropsWithChildren<PostFormProps>) => (
  <form class="form" method="post" action={action}>
    <FormFields visitor={visitor} hidden={hidden} />
    {children}
    {wide ? (
      <button type="submit" class="button is-primary is-wide">
        {submit}
      </button>
    ) : (
      <div class="actions">
        <button type="submit" class="button is-primary">
          {icon === undefined ? null : <Icon name={icon} />}
          {submit}
        </button>
      </div>
    )}
  </form>
)

/** The PIN that a device without a key shows. @param value what was typed */
export const PinField = ({ value }: { value: string | undefined }) => (
  <Field
    label="PIN"
    name="pin"
    value={value}
    required
    inputmode="numeric"
    pattern="[0-9]{4}"
    maxlength={4}
    autocomplete="off"
    placeholder="1234"
  />
)

/** A few fields in one row, and a button after them that adds an item. */
export const AddForm = ({ visitor, action, hidden = {}, submit, children }: PropsWithChildren<Omit<PostFormProps, 'icon' | 'wide'>>) => (
  <form class="inline-form is-wide no-print" method="post" action={action}>
    <FormFields visitor={visitor} hidden={hidden} />
    {children}
    <button type="submit" class="button">
      <Icon name="plus" />
      {submit}
    </button>
  </form>
)

/** Where scripts show why a form was refused: client/forms.ts. */
export const ProblemPlace = () => <p class="notice is-danger" role="alert" data-problem hidden></p>

interface DialogFormProps {
  id?: string
  /** Text of its button. */
  submit: string
  /** `METHOD /path` of the API, to which main.ts sends it; undefined: the page's own script does. */
  api?: string
  /** What main.ts does after success; see client/enhancements.ts. */
  then?: string
}

/** The form inside a Dialog. */
export const DialogForm = ({ id, submit, api, then, children }: PropsWithChildren<DialogFormProps>) => (
  <form class="form" id={id} data-api={api} data-then={then}>
    <ProblemPlace />
    {children}
    <div class="actions">
      <button type="button" class="button" data-close>
        Cancel
      </button>
      <button type="submit" class="button is-primary">
        {submit}
      </button>
    </div>
  </form>
)
