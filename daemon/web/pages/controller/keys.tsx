/** `?view=keys`: keys of a controller: creating one (shown once), revoking, and letting a new device in by its PIN. */
import { invalid } from '../../../../src/base/fault.ts'
import { createControllerKey, listControllerKeys, revokeKey } from '../../../../src/people/keys.ts'
import type { KeyInfo } from '../../../../src/wire/answers.ts'
import { enterPin } from '../../../../src/people/pins.ts'
import type { Micros } from '../../../../src/base/time.ts'
import { pathOf, type Resource } from '../../../../src/tree/tree.ts'
import { AgeOf, Card, Empty, Notice, RefusalNotice } from '../../components/basics.tsx'
import { PinField, PostForm } from '../../components/forms.tsx'
import { KeyState, RevokeButton, isLive, showKeyPart } from '../../components/keys.tsx'
import { ListTable } from '../../components/lists.tsx'
import { NewSecret, keepsNothing } from '../../components/post.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import { redirect, type Page, type PageReply, type PageRequest, type Refusal } from '../../page.ts'
import { frameController } from './controller-frame.tsx'

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
          <Card
            title="Let a new device in"
            note={
              'A device without a key shows a PIN of four digits. Enter it here within 30 minutes: the device then gets a key of ' +
              'its own and is this controller.'
            }
          >
            <PostForm visitor={visitor} action={action} hidden={{ act: 'pin' }} submit="Let it in">
              <PinField value={refusal?.form['pin']} />
            </PostForm>
          </Card>
          <Card
            title="Make a key"
            note="For a program that you set up yourself. Anyone who has it acts as this controller, until you revoke it."
          >
            <PostForm visitor={visitor} action={action} hidden={{ act: 'make' }} submit="Make a key" icon="key">
              <label class="check">
                <input type="checkbox" name="mounted" value="1" />
                <span>For a device with fixed MQTT topics: all that it publishes and subscribes to lies below this controller</span>
              </label>
            </PostForm>
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

const KeyTable = ({ keys, request, action, now }: { keys: readonly KeyInfo[]; request: PageRequest; action: string; now: Micros }) =>
  keys.length === 0 ? (
    <Empty icon="key" title="No key yet">
      <p>Without one nothing signs in as this controller.</p>
    </Empty>
  ) : (
    <ListTable columns={['Key', 'Made', 'State', { hidden: 'What to do with it' }]}>
      {keys.map((key) => (
        <tr data-key={key.id}>
          <th scope="row" class="is-mono">
            {showKeyPart(key)}
            {key.mounted ? <span class="note"> mounted</span> : null}
            {key.ingest_folder === null ? null : <span class="note"> webhooks</span>}
          </th>
          <td data-label="Made">
            <AgeOf timestamp={key.creation_timestamp} now={now} />
          </td>
          <td data-label="State">
            <span>
              <KeyState keyInfo={key} /> {isLive(key) ? null : <AgeOf timestamp={key.revocation_timestamp} now={now} />}
            </span>
          </td>
          <td class="is-end">
            <RevokeButton visitor={request.visitor} action={action} keyInfo={key} fields={{ act: 'revoke' }} />
          </td>
        </tr>
      ))}
    </ListTable>
  )

export async function changeKeys(request: PageRequest, controller: Resource): Promise<PageReply> {
  const { ctx, actor, form, address } = request
  let secretKey: string | undefined
  const act = form['act']
  const refusal = await refusalOf(form, async () => {
    if (act === 'make') secretKey = (await createControllerKey(ctx, actor, controller.id, { mounted: form['mounted'] === '1' })).secretKey
    else if (act === 'revoke') await revokeKey(ctx, actor, Number(form['key_id']))
    else if (act === 'pin') await enterPin(ctx, actor, pinOf(form['pin']), pathOf(controller), address)
    else throw invalid('That form does not say what to do with the keys. Reload the page and try again.')
  })
  if (refusal) return showKeys(request, controller, { refusal })
  if (secretKey !== undefined) return showKeys(request, controller, { secretKey })
  return redirect(pageOf(controller, 'keys', { done: act }))
}

/** Parses a PIN as people type it, ignoring blanks; undefined if it is not a PIN. */
export function pinOf(text: string | undefined): number | undefined {
  const digits = (text ?? '').replaceAll(/\s/g, '')
  return /^\d{4}$/.test(digits) ? Number(digits) : undefined
}
