/** The first page of a new server: the holder of the link that `rhizo serve` printed creates the first admin and organization. */
import { beginFirstRun, requireFirstRun } from '../../../../src/people/first-run.ts'
import { httpStatusOf } from '../../../../src/base/fault.ts'
import { signIn } from '../../../../src/people/sessions.ts'
import { pathOf } from '../../../../src/tree/tree.ts'
import { sessionCookie } from '../../../requests/authentication.ts'
import { Card, Field, RefusalNotice } from '../../components/basics.tsx'
import { PostForm } from '../../components/forms.tsx'
import { keepsNothing } from '../../components/post.tsx'
import { refusalOf } from '../../forms.ts'
import { redirect, type Page, type PageReply, type PageRequest, type PageRoute, type Refusal } from '../../page.ts'
import { deadLinkPage } from '../people/narrow-pages.tsx'
import { NewPasswordFields, requireSameTwice } from '../people/password-fields.tsx'
import { connectPage } from './connect.tsx'
import { Steps } from './steps.tsx'

export function createFirstRunPages(): PageRoute[] {
  return [
    { method: 'GET', path: '/-/first-run/:token', open: true, handle: (request) => showFirstRun(request) },
    { method: 'POST', path: '/-/first-run/:token', open: true, handle: handleFirstRun },
  ]
}

async function showFirstRun(request: PageRequest, refusal?: Refusal): Promise<Page> {
  const { ctx, params, address, visitor } = request
  const closed = await refusalOf({}, () => requireFirstRun(ctx, params['token'] ?? '', address))
  if (closed) return showClosed(closed)
  const typed = refusal?.form ?? {}
  return {
    title: 'Welcome',
    bare: true,
    status: refusal === undefined ? 200 : httpStatusOf[refusal.fault.code],
    headers: keepsNothing,
    content: (
      <div class="narrow is-form stack">
        <Steps current={1} />
        <h1 class="is-centred">Welcome to your server</h1>
        <p class="lead is-centred">Nobody has used it yet. Make yourself its first admin, and an organization for your lab.</p>
        <Card>
          <RefusalNotice refusal={refusal} />
          <PostForm visitor={visitor} submit="Continue" wide>
            <Field
              label="Your e-mail address"
              name="email_address"
              type="email"
              value={typed['email_address']}
              required
              maxlength={100}
              autocomplete="username"
              autofocus={refusal === undefined}
            />
            <Field label="Your name" name="full_name" value={typed['full_name']} maxlength={100} autocomplete="name" />
            <NewPasswordFields />
            <Field
              label="Name of the organization"
              name="organization_name"
              value={typed['organization_name']}
              required
              maxlength={200}
              autocomplete="organization"
              placeholder="Green Lab"
            />
            <Field
              label="Name of its folder"
              name="folder_name"
              value={typed['folder_name']}
              maxlength={255}
              autocomplete="off"
              placeholder="green-lab"
              hint="Short: addresses and programs use it. If left empty: made of the organization’s name."
              data-named-after="organization_name"
            />
          </PostForm>
        </Card>
      </div>
    ),
  }
}

async function handleFirstRun(request: PageRequest): Promise<PageReply> {
  const { ctx, form, params, address, incoming } = request
  let next = '/'
  let cookie = ''
  const refusal = await refusalOf(form, async () => {
    const password = requireSameTwice(form)
    const emailAddress = (form['email_address'] ?? '').trim()
    const organizationId = await beginFirstRun(ctx, {
      token: params['token'] ?? '',
      emailAddress,
      password,
      fullName: (form['full_name'] ?? '').trim(),
      organizationName: (form['organization_name'] ?? '').trim(),
      folderName: (form['folder_name'] ?? '').trim(),
      address,
    })
    const { token } = await signIn(ctx, { user: emailAddress, password, address, userAgent: incoming.headers['user-agent'] ?? '' })
    cookie = sessionCookie(ctx.settings, token)
    const organization = ctx.tree.byId(organizationId)
    if (organization) next = connectPage(pathOf(organization), true)
  })
  return refusal ? showFirstRun(request, refusal) : redirect(next, { 'set-cookie': cookie })
}

const showClosed = ({ fault }: Refusal): Page =>
  fault.code === 'conflict'
    ? deadLinkPage(fault, {
        heading: 'This server is set up already',
        advice: 'Was it not you? Anyone who looks after the machine can make another admin with "rhizo create-admin".',
      })
    : deadLinkPage(fault, { advice: 'Or make the first admin on the machine itself, with "rhizo create-admin".' })
