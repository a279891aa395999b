/** `/-/second-factors`: the visitor's authenticator apps, passkeys and recovery codes. */
import { httpStatusOf, invalid } from '../../../../src/base/fault.ts'
import { addPasskey, parsePasskey } from '../../../../src/people/passkeys.ts'
import { addApp, listFactors, offerApp, removeFactor, renewRecoveryCodes } from '../../../../src/people/second-factors.ts'
import { Card, Empty, Field, Notice, PageHeader, RefusalNotice } from '../../components/basics.tsx'
import { PostForm } from '../../components/forms.tsx'
import { ListTable } from '../../components/lists.tsx'
import { PasskeyForm, passkeyProblem } from '../../components/passkeys.tsx'
import { DoneNotice, keepsNothing, PostButton } from '../../components/post.tsx'
import { originOf } from '../../../requests/address.ts'
import { refusalOf } from '../../forms.ts'
import { redirect, type Page, type PageReply, type PageRequest, type PageRoute, type Refusal } from '../../page.ts'

const PATH = '/-/second-factors'
const DONE = {
  added: 'The app was added. From now on signing in needs its code.',
  passkey: 'The passkey was added. It signs you in by itself, or in place of a code.',
  removed: 'The second factor was removed.',
} as const

export function createSecondFactorPages(): PageRoute[] {
  return [
    { method: 'GET', path: PATH, handle: async (request) => show(request) },
    { method: 'POST', path: PATH, handle: change },
  ]
}

interface Answer {
  readonly refusal?: Refusal | undefined
  readonly codes?: readonly string[]
}

async function show(request: PageRequest, { refusal, codes }: Answer = {}): Promise<Page> {
  const { ctx, actor, visitor, query, form } = request
  const problem = passkeyProblem(request)
  const { factors, recoveryCodes } = await listFactors(ctx, actor)
  const offer = await offerApp(ctx, actor)
  const typed = refusal === undefined ? undefined : form['secret']
  const secret = typed ?? offer.secret
  const uri = offer.uri.replace(`secret=${offer.secret}`, `secret=${secret}`)
  const { encode } = await import('uqr')
  const { data, size } = encode(uri, { border: 4 })
  const dark = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
  return {
    title: 'Second factors',
    crumb: 'Second factors',
    below: { text: 'My settings', href: '/-/settings' },
    status: refusal === undefined ? 200 : httpStatusOf[refusal.fault.code],
    script: 'passkeys',
    headers: keepsNothing,
    content: (
      <>
        <PageHeader title="Second factors" icon="lock" lead="Who knows your password alone can't sign in as you" />
        <DoneNotice query={query} texts={DONE} />
        <RefusalNotice refusal={refusal} />
        {'required' in query && factors.length === 0 ? (
          <Notice tone="warning">An organization of yours requires a second factor. Set one up here; then its pages open again.</Notice>
        ) : null}
        {codes === undefined || codes.length === 0 ? null : (
          <Card
            title="Your recovery codes"
            note="Each signs you in once when your phone is gone. They are shown this once: keep them where you keep passwords."
          >
            <pre class="plain" aria-label="Recovery codes" tabindex={0}>
              {codes.join('\n')}
            </pre>
          </Card>
        )}
        <Card title="Yours" note={`${recoveryCodes} recovery codes are left.`}>
          {factors.length === 0 ? (
            <Empty icon="lock" title="You have no second factor" />
          ) : (
            <ListTable columns={['Name', 'Kind', 'Added', 'Last used', { hidden: 'What to do with it' }]}>
              {factors.map((factor) => (
                <tr>
                  <th scope="row">{factor.name}</th>
                  <td data-label="Kind">{factor.kind === 'passkey' ? 'passkey' : 'app'}</td>
                  <td data-label="Added">{factor.creation_timestamp.slice(0, 10)}</td>
                  <td data-label="Last used">{factor.last_use_timestamp === '' ? 'not yet' : factor.last_use_timestamp.slice(0, 10)}</td>
                  <td class="is-end is-tight">
                    <PostButton
                      visitor={visitor}
                      action={PATH}
                      fields={{ act: 'remove', id: factor.id }}
                      danger
                      label={`Remove ${factor.name}`}
                      confirm={`Remove ${factor.name}? It signs nobody in any more.`}
                    >
                      Remove
                    </PostButton>
                  </td>
                </tr>
              ))}
            </ListTable>
          )}
          {factors.length === 0 ? null : (
            <div class="actions">
              <PostButton visitor={visitor} action={PATH} fields={{ act: 'codes' }} small={false}>
                Make new recovery codes
              </PostButton>
            </div>
          )}
        </Card>
        <Card
          title="Add a passkey"
          note="Kept by this device, a phone, a security key or a password manager. It signs you in without a password."
        >
          {problem === undefined ? (
            <>
              <p class="note without-script">Passkeys need JavaScript.</p>
              <PasskeyForm visitor={visitor} action={PATH} of="new" name="passkey" hidden={{ act: 'add-passkey' }} submit="Add a passkey">
                <Field
                  label="Name"
                  name="name"
                  id="field-passkey-name"
                  value={form['act'] === 'add-passkey' ? form['name'] : 'This device'}
                  required
                  maxlength={50}
                  autocomplete="off"
                />
              </PasskeyForm>
            </>
          ) : (
            <p class="note">{problem}</p>
          )}
        </Card>
        <Card
          title="Add an authenticator app"
          note="Such as Aegis, FreeOTP, 1Password or Google Authenticator: it shows a new code every 30 seconds."
        >
          <svg
            viewBox={`0 0 ${size} ${size}`}
            width="220"
            height="220"
            role="img"
            aria-label="QR code for the app"
            shape-rendering="crispEdges"
          >
            <rect width={size} height={size} fill="white" />
            <path d={dark} fill="black" />
          </svg>
          <p class="note">
            Or type this into the app: <code>{secret}</code>
          </p>
          <PostForm visitor={visitor} action={PATH} hidden={{ act: 'add', secret }} submit="Add the app">
            <Field label="Name" name="name" value={form['name'] ?? 'My phone'} required maxlength={50} autocomplete="off" />
            <Field
              label="Code"
              name="code"
              required
              maxlength={10}
              inputmode="numeric"
              autocomplete="one-time-code"
              hint="What the app shows now."
            />
          </PostForm>
        </Card>
      </>
    ),
  }
}

async function change(request: PageRequest): Promise<PageReply> {
  const { ctx, actor, form, incoming } = request
  let codes: string[] = []
  const refusal = await refusalOf(form, async () => {
    switch (form['act']) {
      case 'add':
        codes = await addApp(ctx, actor, { secret: form['secret'] ?? '', code: form['code'] ?? '', name: (form['name'] ?? '').trim() })
        return
      case 'add-passkey':
        codes = await addPasskey(ctx, actor, {
          response: parsePasskey(form['passkey']),
          name: (form['name'] ?? '').trim(),
          origin: originOf(ctx, incoming),
        })
        return
      case 'codes':
        codes = await renewRecoveryCodes(ctx, actor)
        return
      case 'remove':
        return removeFactor(ctx, actor, Number(form['id'] ?? ''))
      default:
        throw invalid('act must be add, add-passkey, codes or remove.')
    }
  })
  if (refusal || codes.length > 0) return show(request, { refusal, codes })
  return redirect(`${PATH}?done=${form['act'] === 'remove' ? 'removed' : form['act'] === 'add' ? 'added' : 'passkey'}`)
}
