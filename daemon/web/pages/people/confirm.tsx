/** `/-/confirm`, and what stands in place of a page whose action needs proof of who somebody is: the password, once more. */
import { httpStatusOf } from '../../../../src/base/fault.ts'
import { parsePasskey } from '../../../../src/people/passkeys.ts'
import { confirmByPasskey, confirmIdentity } from '../../../../src/people/proofs.ts'
import { originOf } from '../../../requests/address.ts'
import { Card, Csrf, Field, RefusalNotice } from '../../components/basics.tsx'
import { PasskeyForm, passkeyProblem } from '../../components/passkeys.tsx'
import { refusalOf } from '../../forms.ts'
import { safeNext } from '../../links.ts'
import { redirect, type Fields, type Page, type PageReply, type PageRequest, type PageRoute, type Refusal } from '../../page.ts'

/** Field of the password that confirms, besides those of the form that is held up. */
const CONFIRMATION = 'confirming_password'
/** The same, of a passkey. */
const PASSKEY = 'confirming_passkey'

export function createConfirmPages(): PageRoute[] {
  return [
    {
      method: 'GET',
      path: '/-/confirm',
      handle: async (request) => askAgain(request, '/-/confirm', { next: safeNext(request.query['next']) }),
    },
    { method: 'POST', path: '/-/confirm', handle },
  ]
}

type Asked = Pick<PageRequest, 'ctx' | 'visitor' | 'incoming'>

/** Asks for the password, or a passkey; the form that was held up goes on with it. */
export function askAgain(request: Asked, action: string, form: Fields, refusal?: Refusal): Page {
  const { visitor } = request
  const kept = Object.entries(form).filter(([name]) => name !== CONFIRMATION && name !== PASSKEY && name !== 'csrf_token')
  return {
    title: 'Confirm that it is you',
    status: refusal === undefined ? 200 : httpStatusOf[refusal.fault.code],
    headers: { 'cache-control': 'no-store' },
    script: 'passkeys',
    content: (
      <div class="narrow stack">
        <h1 class="is-centred">Confirm that it is you</h1>
        <Card>
          <RefusalNotice refusal={refusal} />
          <p>What you are about to do needs your password from within the last 10 minutes.</p>
          <form class="form" method="post" action={action}>
            <Csrf visitor={visitor} />
            {kept.map(([name, value]) => (
              <input type="hidden" name={name} value={value} />
            ))}
            <input type="hidden" name="account" value={visitor.user?.emailAddress ?? ''} autocomplete="username" />
            <Field label="Your password" name={CONFIRMATION} type="password" autocomplete="current-password" required autofocus />
            <button type="submit" class="button is-primary is-wide">
              Continue
            </button>
          </form>
          {passkeyProblem(request) === undefined ? (
            <PasskeyForm
              visitor={visitor}
              action={action}
              of="known"
              name={PASSKEY}
              hidden={Object.fromEntries(kept.map(([name, value]) => [name, value ?? '']))}
              submit="Use a passkey"
              wide
            />
          ) : null}
        </Card>
      </div>
    ),
  }
}

/** Before any form that brings the password, or a passkey, along. @returns the page that asks again when it is wrong */
export async function confirmFirst(request: PageRequest): Promise<Page | undefined> {
  const { ctx, actor, form, address, incoming, url } = request
  const { [CONFIRMATION]: password, [PASSKEY]: passkey } = form
  if (password === undefined && passkey === undefined) return undefined
  const refusal = await refusalOf(form, async () =>
    passkey === undefined
      ? confirmIdentity(ctx, actor, password ?? '', address)
      : confirmByPasskey(ctx, actor, { response: parsePasskey(passkey), origin: originOf(ctx, incoming), address }),
  )
  return refusal && askAgain(request, url, form, refusal)
}

const handle = async ({ form }: PageRequest): Promise<PageReply> => redirect(safeNext(form['next']))
