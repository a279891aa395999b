/**
 * The page to which the link for a new password leads. It moves the code from the address into a cookie at once, so that the code stays out
 * of the history, and out of the referrer of the form's page.
 */
import { Fault } from '../../../../src/base/fault.ts'
import {
  RESET_VALIDITY,
  describePasswordReset,
  redeemPasswordReset,
  type PasswordResetInfo,
} from '../../../../src/people/password-resets.ts'
import { signIn, signOut } from '../../../../src/people/sessions.ts'
import { SECOND } from '../../../../src/base/time.ts'
import { findCookie, sessionCookie, setCookie } from '../../../requests/authentication.ts'
import { PostForm } from '../../components/forms.tsx'
import { keepsNothing } from '../../components/post.tsx'
import { refusalOf } from '../../forms.ts'
import { redirect, type Page, type PageReply, type PageRequest, type PageRoute, type Refusal } from '../../page.ts'
import { CodeForm, cardPage, deadLinkPage } from './narrow-pages.tsx'
import { NewPasswordFields, requireSameTwice } from './password-fields.tsx'

const PATH = '/-/new-password'
const COOKIE = 'rhizo-new-password'

export function createNewPasswordPages(): PageRoute[] {
  return [
    {
      method: 'GET',
      path: PATH,
      open: true,
      handle: (request) =>
        request.query['code'] === undefined ? showForm(request) : Promise.resolve(keepCode(request, request.query['code'])),
    },
    { method: 'GET', path: `${PATH}/:code`, open: true, handle: async (request) => keepCode(request, request.params['code'] ?? '') },
    { method: 'POST', path: PATH, open: true, handle: handleForm },
  ]
}

/** Browsers keep the last cookie of a name. */
const codeCookie = ({ ctx: { settings } }: PageRequest, code: string): string =>
  setCookie(settings, { name: COOKIE, value: code, path: PATH, age: code === '' ? 0 : RESET_VALIDITY / SECOND })

const codeOf = ({ incoming }: PageRequest): string => findCookie(incoming.headers.cookie ?? '', COOKIE) ?? ''

function keepCode(request: PageRequest, given: string): Response {
  // Remove other characters: arbitrary text must not become part of a header.
  const code = given
    .trim()
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
    .slice(0, 100)
  return redirect(PATH, { 'set-cookie': codeCookie(request, code === '' ? 'NONE' : code), 'referrer-policy': 'no-referrer' })
}

async function showForm(request: PageRequest, refusal?: Refusal): Promise<Page> {
  const { ctx, visitor, address } = request
  const code = codeOf(request)
  if (code === '') return askCode()
  let info: PasswordResetInfo | undefined
  const problem = await refusalOf({}, async () => {
    info = await describePasswordReset(ctx, code, address)
  })
  if (info === undefined) return showGone(request, problem?.fault ?? new Fault('not_found', ''))
  return cardPage({
    title: 'A new password',
    lead: (
      <>
        For <strong>{info.email_address}</strong> on {ctx.settings.SYSTEM_NAME}. All browsers that are signed in with it are signed out.
        {info.keys_to_revoke === 0
          ? ''
          : ` Keys that were made for it before it was known whose address it is are revoked: ${info.keys_to_revoke}.`}
        {info.factors_to_remove === 0 ? '' : ` Second factors from before that are removed: ${info.factors_to_remove}.`}
      </>
    ),
    refusal,
    form: (
      <PostForm visitor={visitor} action={PATH} submit="Set the password" wide>
        <input type="hidden" name="user" value={info.email_address} autocomplete="username" />
        <NewPasswordFields />
      </PostForm>
    ),
    headers: keepsNothing,
  })
}

/** For people who have only a code, because no link could be mailed. */
const askCode = (): Page =>
  cardPage({
    title: 'A new password',
    form: <CodeForm action={PATH} label="Code for a new password" hint="30 letters and digits, from your mail." />,
    note: (
      <>
        No code? <a href="/-/forgotten-password">Ask for one</a>.
      </>
    ),
  })

async function handleForm(request: PageRequest): Promise<PageReply> {
  const { ctx, actor, visitor, form, address, incoming, sessionToken } = request
  let account = { userId: 0, emailAddress: '', revokedKeys: 0 }
  let password = ''
  const refusal = await refusalOf(form, async () => {
    password = requireSameTwice(form)
    account = await redeemPasswordReset(ctx, { code: codeOf(request), password, address })
  })
  if (refusal) return showForm(request, refusal)
  // This account has no sessions left, so end one of another account here.
  if (sessionToken !== undefined && visitor.user !== undefined && visitor.user.id !== account.userId) await signOut(ctx, actor)
  let token: string | undefined
  // The password has been changed, even if signing in fails, for example after too many wrong guesses from this address.
  const problem = await refusalOf(form, async () => {
    ;({ token } = await signIn(ctx, { user: account.emailAddress, password, address, userAgent: incoming.headers['user-agent'] ?? '' }))
  })
  const reply = redirect(problem ? '/-/sign-in?done=password' : '/')
  reply.headers.append('set-cookie', codeCookie(request, ''))
  reply.headers.append('set-cookie', sessionCookie(ctx.settings, token))
  return reply
}

const showGone = (request: PageRequest, fault: Fault): Page =>
  deadLinkPage(fault, {
    advice: (
      <>
        <a href="/-/forgotten-password">Ask for another one</a>, or sign in if you have set the password already.
      </>
    ),
    headers: { ...keepsNothing, 'set-cookie': codeCookie(request, '') },
  })
