/** `/-/confirm`, and what stands in place of a page whose action needs proof of who somebody is: the password, once more. */
import { httpStatusOf } from '../../../../src/base/fault.ts'
import { confirmIdentity } from '../../../../src/people/proofs.ts'
import { Card, Csrf, Field, RefusalNotice } from '../../components/basics.tsx'
import { refusalOf } from '../../forms.ts'
import { safeNext } from '../../links.ts'
import { redirect, type Fields, type Page, type PageReply, type PageRequest, type PageRoute, type Refusal } from '../../page.ts'
import type { Visitor } from '../../visitor.ts'

/** Field of the password that confirms, besides those of the form that is held up. */
export const CONFIRMATION = 'confirming_password'

export function createConfirmPages(): PageRoute[] {
  return [
    {
      method: 'GET',
      path: '/-/confirm',
      handle: async ({ visitor, query }) => askAgain(visitor, '/-/confirm', { next: safeNext(query['next']) }),
    },
    { method: 'POST', path: '/-/confirm', handle },
  ]
}

/** Asks for the password; the form that was held up goes on with it. */
export function askAgain(visitor: Visitor, action: string, form: Fields, refusal?: Refusal): Page {
  const kept = Object.entries(form).filter(([name]) => name !== CONFIRMATION && name !== 'csrf_token')
  return {
    title: 'Confirm that it is you',
    status: refusal === undefined ? 200 : httpStatusOf[refusal.fault.code],
    headers: { 'cache-control': 'no-store' },
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
              Go on
            </button>
          </form>
        </Card>
      </div>
    ),
  }
}

/** Before any form that brings the password along. @returns the page that asks again when it is wrong */
export async function confirmFirst({ ctx, actor, visitor, form, address, url }: PageRequest): Promise<Page | undefined> {
  const password = form[CONFIRMATION]
  if (password === undefined) return undefined
  const refusal = await refusalOf(form, () => confirmIdentity(ctx, actor, password, address))
  return refusal && askAgain(visitor, url, form, refusal)
}

const handle = async ({ form }: PageRequest): Promise<PageReply> => redirect(safeNext(form['next']))
