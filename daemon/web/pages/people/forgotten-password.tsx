/** Requests a new password for users who have forgotten theirs. */
import { httpStatusOf } from '../../../../src/base/fault.ts'
import { reasonForNoResets, requestPasswordReset } from '../../../../src/people/password-resets.ts'
import { Card, Empty, Field, RefusalNotice } from '../../components/basics.tsx'
import { PostForm } from '../../components/forms.tsx'
import { refusalOf } from '../../forms.ts'
import type { Page, PageRequest, PageRoute, Refusal } from '../../page.ts'
import { ClosedPage } from './closed.tsx'

export function createForgottenPasswordPages(): PageRoute[] {
  return [
    { method: 'GET', path: '/-/forgotten-password', open: true, handle: async (request) => showForgotten(request) },
    { method: 'POST', path: '/-/forgotten-password', open: true, handle: handleForgotten },
  ]
}

function showForgotten({ ctx, visitor }: PageRequest, refusal?: Refusal): Page {
  if (reasonForNoResets(ctx) !== undefined) return showClosed()
  return {
    title: 'Forgotten your password?',
    bare: true,
    status: refusal === undefined ? 200 : httpStatusOf[refusal.fault.code],
    content: (
      <div class="narrow stack">
        <h1 class="is-centred">Forgotten your password?</h1>
        <Card>
          <RefusalNotice refusal={refusal} />
          <PostForm visitor={visitor} action="/-/forgotten-password" submit="Send me a link" wide>
            <Field
              label="E-mail address of your account"
              name="email_address"
              type="email"
              value={refusal?.form['email_address'] ?? visitor.user?.emailAddress}
              required
              maxlength={100}
              autocomplete="email"
              autofocus
              hint="A link comes there, by which you set a new password."
            />
          </PostForm>
        </Card>
        <p class="note is-centred">
          <a href="/-/sign-in">Back to signing in</a>
        </p>
      </div>
    ),
  }
}

/** Answers the same whether the address has an account or not. */
async function handleForgotten(request: PageRequest): Promise<Page> {
  const { ctx, form, address } = request
  const refusal = await refusalOf(form, () => requestPasswordReset(ctx, { emailAddress: (form['email_address'] ?? '').trim(), address }))
  if (refusal) return showForgotten(request, refusal)
  return {
    title: 'Look into your mail',
    bare: true,
    content: (
      <div class="narrow stack">
        <Empty icon="mail" title="Look into your mail">
          <p>
            If {form['email_address']} has an account here, a mail is on its way there. Its link sets a new password; it works once, for an
            hour.
          </p>
          <p>
            Nothing came? Look among the unwanted mail, then <a href="/-/forgotten-password">ask again</a>. A code instead of a link?{' '}
            <a href="/-/new-password">Enter it</a>.
          </p>
        </Empty>
      </div>
    ),
  }
}

const showClosed = (): Page => ({
  title: 'No new passwords by mail here',
  bare: true,
  status: 409,
  content: (
    <ClosedPage title="This server sends no mail" message="So it can’t send you a link for a new password.">
      Ask an admin of this server: they set a new one for you with <code>rhizo user passwd</code>. If you are the only one, make another
      admin on the server’s own machine with <code>rhizo create-admin</code>.
    </ClosedPage>
  ),
})
