/** Requests a new organization, if ORGANIZATION_SIGN_UP allows it. */
import { httpStatusOf } from '../../../../src/base/fault.ts'
import { requestOrganization } from '../../../../src/people/sign-up.ts'
import { Card, Empty, Field, RefusalNotice } from '../../components/basics.tsx'
import { PostForm } from '../../components/forms.tsx'
import { refusalOf } from '../../forms.ts'
import type { Page, PageRequest, PageRoute, Refusal } from '../../page.ts'
import { ClosedPage } from './closed.tsx'

export function createSignUpPages(): PageRoute[] {
  return [
    { method: 'GET', path: '/-/sign-up', open: true, handle: async (request) => showSignUp(request) },
    { method: 'POST', path: '/-/sign-up', open: true, handle: handleSignUp },
  ]
}

function showSignUp({ ctx, visitor }: PageRequest, refusal?: Refusal): Page {
  if (!ctx.settings.ORGANIZATION_SIGN_UP) return showClosed()
  return {
    title: 'New organization',
    bare: true,
    status: refusal === undefined ? 200 : httpStatusOf[refusal.fault.code],
    content: (
      <div class="narrow stack">
        <h1 class="is-centred">An organization of your own</h1>
        <Card>
          <RefusalNotice refusal={refusal} />
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
            <Field
              label="Your e-mail address"
              name="email_address"
              type="email"
              value={refusal?.form['email_address'] ?? visitor.user?.emailAddress}
              required
              maxlength={100}
              autocomplete="email"
              hint="A link to go on comes there."
            />
          </PostForm>
        </Card>
        <p class="note is-centred">
          <a href="/-/sign-in">I have an account</a>
        </p>
      </div>
    ),
  }
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
  return {
    title: 'Look into your mail',
    bare: true,
    content: (
      <div class="narrow stack">
        <Empty icon="mail" title="Look into your mail">
          <p>
            A mail is on its way to {form['email_address']}. Its link makes the organization; it works once, for 7 days. Nothing came? Look
            among the unwanted mail, then ask again.
          </p>
        </Empty>
      </div>
    ),
  }
}

const showClosed = (): Page => ({
  title: 'No sign-up here',
  bare: true,
  status: 403,
  content: (
    <ClosedPage
      title="This server takes no new organizations"
      message="Its admins have not turned sign-up on (the setting ORGANIZATION_SIGN_UP)."
    >
      Ask an admin of an organization to invite you, or an admin of this server to make one for you.
    </ClosedPage>
  ),
})
