/** The page to which the link of an invitation, or of a request for an organization, leads: it creates the account, and signs in. */
import { folderNameOf } from '../../../../src/base/folder-name.ts'
import { describeAccountRequest, redeemAccountRequest } from '../../../../src/people/account-requests.ts'
import type { AccountRequestInfo } from '../../../../src/wire/answers.ts'
import { Fault } from '../../../../src/base/fault.ts'
import { signIn, signOut } from '../../../../src/people/sessions.ts'
import { sessionCookie } from '../../../requests/authentication.ts'
import { Field, Notice } from '../../components/basics.tsx'
import { PostForm } from '../../components/forms.tsx'
import { keepsNothing } from '../../components/post.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import { redirect, type Page, type PageReply, type PageRequest, type PageRoute, type Refusal } from '../../page.ts'
import { CodeForm, cardPage, deadLinkPage } from './narrow-pages.tsx'
import { NewPasswordFields, requireSameTwice } from './password-fields.tsx'

export function createAccountRequestPages(): PageRoute[] {
  const withCode = ['/-/invitations/:code', '/-/sign-up/:code'].flatMap((path): PageRoute[] => [
    { method: 'GET', path, open: true, handle: (request) => showRequest(request) },
    { method: 'POST', path, open: true, handle: handleRequest },
  ])
  return [{ method: 'GET', path: '/-/invitations', open: true, handle: async (request) => askCode(request) }, ...withCode]
}

/** For people who have only a code, because no link could be mailed. */
function askCode({ query }: PageRequest): PageReply {
  const code = (query['code'] ?? '').trim().toUpperCase()
  if (code !== '') return redirect(`/-/invitations/${encodeURIComponent(code)}`)
  return cardPage({
    title: 'I have a code',
    form: (
      <CodeForm
        action="/-/invitations"
        label="Code of your invitation"
        hint="30 letters and digits, from your mail or from whoever invited you."
      />
    ),
  })
}

async function showRequest(request: PageRequest, refusal?: Refusal): Promise<Page> {
  const { ctx, params, address } = request
  let info: AccountRequestInfo | undefined
  const problem = await refusalOf({}, async () => {
    info = await describeAccountRequest(ctx, params['code'] ?? '', address)
  })
  if (info === undefined) return showGone(problem?.fault ?? new Fault('not_found', ''))
  const isInvitation = info.kind === 'invitation'
  const name = info.organization?.full_name ?? info.organization_name ?? ''
  return cardPage({
    title: isInvitation ? `Join ${name}` : 'Your new organization',
    lead: (
      <>
        {isInvitation ? `You were invited to ${name} on ${ctx.settings.SYSTEM_NAME}, as ` : 'You asked for an organization, as '}
        <strong>{info.email_address}</strong>.
      </>
    ),
    warning: <OtherUser request={request} info={info} />,
    refusal,
    form: <RequestForm request={request} info={info} refusal={refusal} />,
    // Until it is used, the address gives access to an account.
    headers: keepsNothing,
  })
}

const OtherUser = ({ request, info }: { request: PageRequest; info: AccountRequestInfo }) => {
  const { user } = request.visitor
  if (user === undefined || user.emailAddress.toLowerCase() === info.email_address.toLowerCase()) return null
  return (
    <Notice tone="warning">
      You are signed in as {user.emailAddress}. Going on signs that account out here, and you in as {info.email_address}.
    </Notice>
  )
}

const RequestForm = ({ request, info, refusal }: { request: PageRequest; info: AccountRequestInfo; refusal: Refusal | undefined }) => {
  const typed = refusal?.form ?? {}
  return (
    <PostForm
      visitor={request.visitor}
      submit={info.kind === 'organization' ? 'Make the organization' : info.has_account ? 'Join' : 'Make my account'}
      wide
    >
      <input type="hidden" name="user" value={info.email_address} autocomplete="username" />
      {info.kind === 'organization' ? (
        <Field
          label="Name of its folder"
          name="folder_name"
          value={typed['folder_name'] ?? folderNameOf(info.organization_name ?? '')}
          required
          maxlength={255}
          autocomplete="off"
          hint={
            'Short, without spaces, such as green-lab: addresses and programs use it. The full name is ' +
            `${info.organization_name ?? ''}.`
          }
        />
      ) : null}
      {info.has_account ? (
        <Field
          label="Password of your account"
          name="password"
          type="password"
          autocomplete="current-password"
          required
          autofocus
          hint="This address has an account already: your present password proves that it is yours."
        />
      ) : (
        <>
          <Field
            label="Full name"
            name="full_name"
            value={typed['full_name']}
            autocomplete="name"
            maxlength={100}
            autofocus={refusal === undefined}
          />
          <NewPasswordFields />
        </>
      )}
    </PostForm>
  )
}

async function handleRequest(request: PageRequest): Promise<PageReply> {
  const { ctx, actor, visitor, form, params, address, incoming } = request
  let next = '/'
  let user = ''
  let password = ''
  const refusal = await refusalOf(form, async () => {
    // A visitor who has an account is asked for its password once.
    password = form['repeated'] === undefined ? (form['password'] ?? '') : requireSameTwice(form)
    const code = params['code'] ?? ''
    const info = await describeAccountRequest(ctx, code, address)
    const { organizationId } = await redeemAccountRequest(ctx, {
      code,
      password,
      fullName: form['full_name']?.trim(),
      folderName: form['folder_name']?.trim(),
      address,
    })
    user = info.email_address
    const organization = ctx.tree.byId(organizationId)
    if (organization) next = pageOf(organization)
  })
  if (refusal) return showRequest(request, refusal)
  if (visitor.user !== undefined) await signOut(ctx, actor)
  // The invitation has been taken, even if signing in asks for more, such as the code of a second factor.
  let token: string | undefined
  const problem = await refusalOf(form, async () => {
    ;({ token } = await signIn(ctx, { user, password, address, userAgent: incoming.headers['user-agent'] ?? '' }))
  })
  const where = problem ? `/-/sign-in?${new URLSearchParams({ next }).toString()}` : next
  return redirect(where, { 'set-cookie': sessionCookie(ctx.settings, token) })
}

const showGone = (fault: Fault): Page =>
  deadLinkPage(fault, {
    advice:
      'Ask whoever invited you to send it again: they find you on the organization’s page, under Members. If you have used it already, ' +
      'sign in.',
  })
