/** Forms that make or use a passkey; the script `passkeys` asks the browser for it before they are sent. */
import type { IncomingMessage } from 'node:http'
import type { PropsWithChildren } from 'hono/jsx'
import type { Context } from '../../../src/context.ts'
import { findParty } from '../../../src/people/relying-party.ts'
import { originOf } from '../../requests/address.ts'
import type { Visitor } from '../visitor.ts'
import { FormFields, ProblemPlace } from './forms.tsx'
import { Icon } from './icons.tsx'

/** Why no passkey works on this page, with what to do; undefined when they do. */
export function passkeyProblem({ ctx, incoming }: { ctx: Context; incoming: IncomingMessage }): string | undefined {
  const party = findParty(ctx, originOf(ctx, incoming))
  return typeof party === 'string' ? party : undefined
}

interface PasskeyFormProps {
  visitor: Visitor
  action: string
  /** Whether one is made, or one is used. */
  of: 'new' | 'known'
  /** Field that brings it. */
  name: string
  hidden?: Readonly<Record<string, string>>
  submit: string
  wide?: boolean
}

export const PasskeyForm = ({
  visitor,
  action,
  of,
  name,
  hidden = {},
  submit,
  wide = false,
  children,
}: PropsWithChildren<PasskeyFormProps>) => (
  <form class="form needs-script" method="post" action={action} data-passkey={of}>
    <FormFields visitor={visitor} hidden={hidden} />
    <input type="hidden" name={name} value="" data-passkey-field />
    {children}
    <ProblemPlace />
    <button type="submit" class={`button${wide ? ' is-wide' : ''}`}>
      <Icon name="key" />
      {submit}
    </button>
  </form>
)
