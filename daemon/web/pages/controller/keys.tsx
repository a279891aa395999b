/** `?view=keys`: by which a controller signs in: making one (shown once), revoking, and letting a new device in by its PIN. */
import { invalid } from '../../../../src/fault.ts'
import { createControllerKey, listControllerKeys, revokeKey, type KeyInfo } from '../../../../src/keys.ts'
import { enterPin } from '../../../../src/pins.ts'
import type { Micros } from '../../../../src/time.ts'
import { pathOf, type Resource } from '../../../../src/tree.ts'
import { AgeOf, Badge, Card, Csrf, Empty, Field, Notice, RefusalNotice } from '../../components/basics.tsx'
import { Icon } from '../../components/icons.tsx'
import { NewSecret, PostButton, keepsNothing } from '../../components/post.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import { redirect, type Page, type PageReply, type PageRequest, type Refusal } from '../../page.ts'
import { frameController } from './frame.tsx'

interface Outcome {
  readonly secretKey?: string
  readonly refusal?: Refusal | undefined
}

export async function showKeys(request: PageRequest, controller: Resource, { secretKey, refusal }: Outcome = {}): Promise<Page> {
  const { ctx, actor, visitor, query } = request
  const keys = (await listControllerKeys(ctx, actor, controller.id)).reverse()
  const isPinEntered = query['done'] === 'pin' && refusal === undefined
  const action = pageOf(controller, 'keys')
  return frameController(request, controller, {
    view: 'keys',
    name: 'Keys',
    ...(refusal === undefined ? {} : { status: 400 }),
    headers: keepsNothing,
    content: (
      <>
        {secretKey === undefined ? null : <NewSecret title="The new key" label="Secret key" secret={secretKey} />}
        {isPinEntered ? (
          <div id="pin-state" data-await-key={String(keys[0]?.id ?? 0)}>
            <Notice tone="info">The PIN was taken. The device fetches its key within moments; this page shows when it has done so.</Notice>
          </div>
        ) : null}
        <RefusalNotice refusal={refusal} />
        <div class="columns">
          <Card title="Let a new device in" note="A device without a key shows a PIN of four digits. Enter it here within 30 minutes: the device then gets a key of its own and is this controller.">
            <form class="form" method="post" action={action}>
              <Csrf visitor={visitor} />
              <input type="hidden" name="act" value="pin" />
              <Field label="PIN" name="pin" value={refusal?.form['pin']} required inputmode="numeric" pattern="[0-9]{4}" maxlength={4} autocomplete="off" placeholder="1234" />
              <div class="actions">
                <button type="submit" class="button is-primary">
                  Let it in
                </button>
              </div>
            </form>
          </Card>
          <Card title="Make a key" note="For a program that you set up yourself. Whoever has it acts as this controller, until you revoke it.">
            <form class="form" method="post" action={action}>
              <Csrf visitor={visitor} />
              <input type="hidden" name="act" value="make" />
              <div class="actions">
                <button type="submit" class="button is-primary">
                  <Icon name="key" />
                  Make a key
                </button>
              </div>
            </form>
          </Card>
        </div>
        <Card title="Keys">
          <div id="keys" data-refresh>
            <KeyTable keys={keys} request={request} action={action} now={ctx.clock.now()} />
          </div>
        </Card>
      </>
    ),
  })
}

const shown = ({ key_part: part }: KeyInfo): string => `${part.slice(0, 3)}…${part.slice(3)}`

const KeyTable = ({ keys, request, action, now }: { keys: readonly KeyInfo[]; request: PageRequest; action: string; now: Micros }) =>
  keys.length === 0 ? (
    <Empty icon="key" title="No key yet">
      <p>Without one nothing signs in as this controller.</p>
    </Empty>
  ) : (
    <div class="table-frame">
      <table class="table is-cards">
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">Made</th>
            <th scope="col">State</th>
            <td></td>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr data-key={key.id}>
              <th scope="row" class="is-mono">
                {shown(key)}
              </th>
              <td data-label="Made">
                <AgeOf timestamp={key.creation_timestamp} now={now} />
              </td>
              <td data-label="State">
                {key.revocation_timestamp === '' ? (
                  <Badge tone="success">Works</Badge>
                ) : (
                  <span>
                    <Badge>Revoked</Badge> <AgeOf timestamp={key.revocation_timestamp} now={now} />
                  </span>
                )}
              </td>
              <td class="is-end">
                {key.revocation_timestamp === '' ? (
                  <PostButton visitor={request.visitor} action={action} fields={{ act: 'revoke', id: key.id }} label={`Revoke ${shown(key)}`} confirm={`Revoke the key ${shown(key)}? What uses it is cut off at once.`} danger>
                    Revoke
                  </PostButton>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )

export async function changeKeys(request: PageRequest, controller: Resource): Promise<PageReply> {
  const { ctx, actor, form, address } = request
  let secretKey: string | undefined
  const act = form['act']
  const refusal = await refusalOf(form, async () => {
    if (act === 'make') secretKey = (await createControllerKey(ctx, actor, controller.id)).secretKey
    else if (act === 'revoke') await revokeKey(ctx, actor, Number(form['id']))
    else if (act === 'pin') await enterPin(ctx, actor, pinOf(form['pin']), pathOf(controller), address)
    else throw invalid('That form does not say what to do with the keys. Reload the page and try again.')
  })
  if (refusal) return showKeys(request, controller, { refusal })
  if (secretKey !== undefined) return showKeys(request, controller, { secretKey })
  return redirect(pageOf(controller, 'keys', { done: act }))
}

/** What people typed: blanks do not count. undefined: no PIN at all. */
export function pinOf(text: string | undefined): number | undefined {
  const digits = (text ?? '').replaceAll(/\s/g, '')
  return /^\d{4}$/.test(digits) ? Number(digits) : undefined
}
