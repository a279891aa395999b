/** Requests a new password for users who have forgotten theirs. */
import { reasonForNoResets, requestPasswordReset } from '../../../../src/people/password-resets.ts'
import { PostForm } from '../../components/forms.tsx'
import { refusalOf } from '../../forms.ts'
import type { Page, PageRequest, PageRoute, Refusal } from '../../page.ts'
import { EmailField, cardPage, closedPage, mailSentPage } from './narrow-pages.tsx'

export function createForgottenPasswordPages(): PageRoute[] {
  return [
    { method: 'GET', path: '/-/forgotten-password', open: true, handle: async (request) => showForgotten(request) },
    { method: 'POST', path: '/-/forgotten-password', open: true, handle: handleForgotten },
  ]
}

function showForgotten({ ctx, visitor }: PageRequest, refusal?: Refusal): Page {
  if (reasonForNoResets(ctx) !== undefined) return showClosed()
  return cardPage({
    title: 'Forgot your password?',
    refusal,
    form: (
      <PostForm visitor={visitor} action="/-/forgotten-password" submit="Send me a link" wide>
        <EmailField
          label="E-mail address of your account"
          hint="A link to set a new password is sent there."
          visitor={visitor}
          refusal={refusal}
          autofocus
        />
      </PostForm>
    ),
    note: <a href="/-/sign-in">Back to signing in</a>,
  })
}

/** Answers the same whether the address has an account or not. */
async function handleForgotten(request: PageRequest): Promise<Page> {
  const { ctx, form, address } = request
  const refusal = await refusalOf(form, () => requestPasswordReset(ctx, { emailAddress: (form['email_address'] ?? '').trim(), address }))
  if (refusal) return showForgotten(request, refusal)
  return mailSentPage(
    <>
      <p>
        If {form['email_address']} has an account here, a mail is on its way there. Its link sets a new password; it works once, for an
        hour.
      </p>
      <p>
        Nothing came? Look among the unwanted mail, then <a href="/-/forgotten-password">ask again</a>. A code instead of a link?{' '}
        <a href="/-/new-password">Enter it</a>.
      </p>
    </>,
  )
}

const showClosed = (): Page =>
  closedPage({
    title: 'No new passwords by mail here',
    heading: 'This server sends no mail',
    status: 409,
    message: 'So it can’t send you a link for a new password.',
    advice: (
      <>
        Ask an admin of this server: they set a new one for you with <code>rhizo user passwd</code>. If you are the only one, make another
        admin on the server’s own machine with <code>rhizo create-admin</code>.
      </>
    ),
  })
