/** Requests a new organization, if ORGANIZATION_SIGN_UP allows it. */
import { requestOrganization } from '../../../../src/people/sign-up.ts'
import { Field } from '../../components/basics.tsx'
import { PostForm } from '../../components/forms.tsx'
import { refusalOf } from '../../forms.ts'
import type { Page, PageRequest, PageRoute, Refusal } from '../../page.ts'
import { EmailField, cardPage, closedPage, mailSentPage } from './narrow-pages.tsx'

export function createSignUpPages(): PageRoute[] {
  return [
    { method: 'GET', path: '/-/sign-up', open: true, handle: async (request) => showSignUp(request) },
    { method: 'POST', path: '/-/sign-up', open: true, handle: handleSignUp },
  ]
}

function showSignUp({ ctx, visitor }: PageRequest, refusal?: Refusal): Page {
  if (!ctx.settings.ORGANIZATION_SIGN_UP) return showClosed()
  return cardPage({
    title: 'New organization',
    heading: 'An organization of your own',
    refusal,
    form: (
      <PostForm visitor={visitor} action="/-/sign-up" submit="Send me the link" wide>
        <Field
          label="Name of the organization"
          name="organization_name"
          value={refusal?.form['organization_name']}
          required
          maxlength={200}
          autocomplete="organization"
          autofocus={refusal === undefined}
          hint="As people know it: The Green Lab."
        />
        <EmailField label="Your e-mail address" hint="A link to continue is sent there." visitor={visitor} refusal={refusal} />
      </PostForm>
    ),
    note: <a href="/-/sign-in">I have an account</a>,
  })
}

async function handleSignUp(request: PageRequest): Promise<Page> {
  const { ctx, form, address } = request
  const refusal = await refusalOf(form, () =>
    requestOrganization(ctx, {
      emailAddress: (form['email_address'] ?? '').trim(),
      organizationName: (form['organization_name'] ?? '').trim(),
      address,
    }),
  )
  if (refusal) return showSignUp(request, refusal)
  return mailSentPage(
    <p>
      A mail is on its way to {form['email_address']}. Its link makes the organization; it works once, for 7 days. Nothing came? Look among
      the unwanted mail, then ask again.
    </p>,
  )
}

const showClosed = (): Page =>
  closedPage({
    title: 'No sign-up here',
    heading: 'This server takes no new organizations',
    status: 403,
    message: 'Its admins have not turned sign-up on (the setting ORGANIZATION_SIGN_UP).',
    advice: 'Ask an admin of an organization to invite you, or an admin of this server to make one for you.',
  })
