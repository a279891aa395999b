/** Signing in and out, and choosing the theme. */
import { hasUsers } from '../../../src/people/first-admin.ts'
import { reasonForNoResets } from '../../../src/people/password-resets.ts'
import { parsePasskey } from '../../../src/people/passkeys.ts'
import { signIn, signInByLink, signInByPasskey, signOut } from '../../../src/people/sessions.ts'
import { originOf } from '../../requests/address.ts'
import { deviceOf, sessionCookie, setCookie, signedInCookies } from '../../requests/authentication.ts'
import { Card, Field, Notice, RefusalNotice } from '../components/basics.tsx'
import { PostForm } from '../components/forms.tsx'
import { PasskeyForm, passkeyProblem } from '../components/passkeys.tsx'
import { DoneNotice } from '../components/post.tsx'
import { refusalOf } from '../forms.ts'
import { safeNext } from '../links.ts'
import { redirect, type Page, type PageRequest, type PageRoute, type Refusal } from '../page.ts'
import { THEME_COOKIE } from '../visitor.ts'

export function createAccountPages(): PageRoute[] {
  return [
    { method: 'GET', path: '/-/sign-in', open: true, handle: async (request) => showSignIn(request, request.query['next']) },
    { method: 'GET', path: '/-/sign-in/:token', open: true, handle: handleLink },
    { method: 'POST', path: '/-/sign-in', open: true, handle: handleSignIn },
    // Programs that were written for rhizo-server sign in there.
    { method: 'POST', path: '/sign-in', open: true, handle: handleSignIn },
    { method: 'POST', path: '/-/sign-out', handle: handleSignOut },
    { method: 'POST', path: '/-/theme', open: true, handle: handleTheme },
  ]
}

/** The link that `rhizo demo` prints. */
async function handleLink({ ctx, params, address, incoming }: PageRequest): Promise<Response> {
  const userAgent = incoming.headers['user-agent'] ?? ''
  const { token } = await signInByLink(ctx, { token: params['token'] ?? '', address, userAgent })
  return redirect('/', { 'set-cookie': sessionCookie(ctx.settings, token), 'referrer-policy': 'no-referrer' })
}

async function showSignIn(request: PageRequest, next: string | undefined, refusal?: Refusal): Promise<Page | Response> {
  const { visitor, ctx, query } = request
  if (visitor.user !== undefined && refusal === undefined) return redirect(safeNext(next))
  const isNew = !(await hasUsers(ctx))
  const needsCode = refusal?.fault.needs === 'code' || refusal?.form['code'] !== undefined
  return {
    title: 'Sign in',
    bare: true,
    script: 'passkeys',
    status: refusal === undefined ? 200 : 401,
    content: (
      <div class="narrow stack">
        <h1 class="is-centred">Sign in to {ctx.settings.SYSTEM_NAME}</h1>
        {isNew ? (
          <Notice>
            Nobody has an account on this server yet. Open the link that “rhizo serve” printed where the server was started: it makes the
            first admin.
          </Notice>
        ) : null}
        <Card>
          {refusal === undefined ? (
            <DoneNotice query={query} texts={{ password: 'Your password was changed: sign in with it.' }} />
          ) : (
            <RefusalNotice refusal={refusal} />
          )}
          <PostForm visitor={visitor} action="/-/sign-in" hidden={{ next: safeNext(next) }} submit="Sign in" wide>
            <Field
              label="E-mail address or user name"
              name="user"
              value={refusal?.form['user']}
              autocomplete="username"
              required
              maxlength={200}
              autofocus={refusal === undefined}
            />
            <Field
              label="Password"
              name="password"
              type="password"
              autocomplete="current-password"
              required
              autofocus={refusal !== undefined && !needsCode}
            />
            {needsCode ? (
              <Field
                label="Code"
                name="code"
                autocomplete="one-time-code"
                maxlength={30}
                required
                autofocus
                hint="What your authenticator app shows, or one of your recovery codes. Type the password again, too."
              />
            ) : null}
          </PostForm>
          {passkeyProblem(request) === undefined && !isNew ? (
            <PasskeyForm
              visitor={visitor}
              action="/-/sign-in"
              of="known"
              name="passkey"
              hidden={{ next: safeNext(next) }}
              submit="Use a passkey"
              wide
            />
          ) : null}
        </Card>
        <p class="note is-centred">
          {reasonForNoResets(ctx) === undefined ? (
            <a href="/-/forgotten-password">Forgot your password?</a>
          ) : (
            'Forgot your password? This server sends no mail: ask an admin of it, who sets a new one (rhizo user passwd).'
          )}
        </p>
        <p class="note is-centred">
          {ctx.settings.ORGANIZATION_SIGN_UP ? (
            <>
              No account? <a href="/-/sign-up">Make an organization of your own</a>, or ask an admin of one to invite you.
            </>
          ) : (
            'No account? Ask an admin of your organization to invite you.'
          )}
        </p>
        <p class="note is-centred">
          Invited by a code? <a href="/-/invitations">Enter it</a>.
        </p>
      </div>
    ),
  }
}

async function handleSignIn(request: PageRequest): Promise<Page | Response> {
  const { ctx, form, address, incoming } = request
  let cookies: string[] = []
  const refusal = await refusalOf(form, async () => {
    const userAgent = incoming.headers['user-agent'] ?? ''
    const signedIn =
      form['passkey'] === undefined
        ? await signIn(ctx, {
            user: form['user'] ?? form['email_address'] ?? form['email'] ?? form['username'] ?? '',
            password: form['password'] ?? '',
            code: form['code'],
            address,
            userAgent,
            device: deviceOf(ctx.settings, incoming),
          })
        : await signInByPasskey(ctx, { response: parsePasskey(form['passkey']), origin: originOf(ctx, incoming), address, userAgent })
    cookies = signedInCookies(ctx.settings, signedIn)
  })
  if (refusal) return showSignIn(request, form['next'], refusal)
  const reply = redirect(safeNext(form['next']))
  for (const cookie of cookies) reply.headers.append('set-cookie', cookie)
  return reply
}

async function handleSignOut({ ctx, actor }: PageRequest): Promise<Response> {
  await signOut(ctx, actor)
  // Also clear the browser's cache, so that the next person at this screen can't go back to the pages.
  return redirect('/-/sign-in', { 'set-cookie': sessionCookie(ctx.settings, undefined), 'clear-site-data': '"cache"' })
}

const YEAR = 31_536_000

async function handleTheme({ ctx, form }: PageRequest): Promise<Response> {
  const { theme } = form
  const value = theme === 'light' || theme === 'dark' ? theme : 'auto'
  const cookie = setCookie(ctx.settings, { name: THEME_COOKIE, value, age: YEAR })
  return redirect(safeNext(form['next']), { 'set-cookie': cookie })
}
