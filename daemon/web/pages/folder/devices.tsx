/**
 * `?view=devices`: what the devices of a folder sent last and what is understood of it, the folder's mapping, tried on that before it is
 * saved, and addresses for webhooks.
 */
import { formatTimestamp } from '../../../../src/base/time.ts'
import { createIngestSecret, listIngestSecrets } from '../../../../src/people/ingest-secrets.ts'
import { revokeKey } from '../../../../src/people/keys.ts'
import { MAPPING_FILE, parseMapping } from '../../../../src/mapping/mapping-file.ts'
import { formatNames } from '../../../../src/mapping/known-formats.ts'
import { readMappingText, tryMapping, type TriedMessage } from '../../../../src/mapping/trial.ts'
import { invalid } from '../../../../src/base/fault.ts'
import { putFile } from '../../../../src/resources/files.ts'
import { isFolder, pathOf, type Resource } from '../../../../src/tree/tree.ts'
import type { KeyInfo } from '../../../../src/wire/answers.ts'
import { Age, AgeOf, Card, Empty, Notice, PageHeader, RefusalNotice } from '../../components/basics.tsx'
import { FolderTabs } from '../../components/folder-tabs.tsx'
import { FormFields, PostForm } from '../../components/forms.tsx'
import { KeyState, RevokeButton, showKeyPart } from '../../components/keys.tsx'
import { kindOf } from '../../components/kinds.ts'
import { ListTable } from '../../components/lists.tsx'
import { DoneNotice, keepsNothing, NewSecret } from '../../components/post.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import { serverAddress } from '../../../requests/address.ts'
import { redirect, type Page, type PageReply, type PageRequest, type Refusal, type ResourcePage } from '../../page.ts'

const VIEW = 'devices'
const SAMPLE = `# Rules are tried in order; the first whose topic fits decides.
# rules:
#   - topic: farm/+house/climate
#     to: houses/{house}
#     values:
#       temperature: main.temp
#   - topic: farm/+/log
#     drop: true
`

interface Outcome {
  /** As it was typed; undefined: as it is stored. */
  readonly text?: string | undefined
  readonly isTried?: boolean
  readonly refusal?: Refusal | undefined
  readonly secret?: string | undefined
}

export function createDevicePages(): ResourcePage[] {
  return [
    { method: 'GET', fits: isFolder, view: VIEW, handle: (request, folder) => showDevices(request, folder) },
    { method: 'POST', fits: isFolder, view: VIEW, handle: changeDevices },
  ]
}

async function showDevices(request: PageRequest, folder: Resource, outcome: Outcome = {}): Promise<Page> {
  const { ctx, actor, visitor, query } = request
  const { text, isTried = false, refusal, secret } = outcome
  const stored = await readMappingText(ctx, actor, folder)
  const messages = await tryMapping(ctx, actor, folder, isTried && refusal === undefined ? text : undefined)
  const problem = await ctx.devices.mappings.problemOf(ctx, folder)
  const secrets = (await listIngestSecrets(ctx, actor, folder)).reverse()
  const action = pageOf(folder, VIEW)
  return {
    title: `${folder.name}: Devices`,
    resource: folder,
    crumb: 'Devices',
    ...(refusal === undefined ? {} : { status: 400 }),
    headers: keepsNothing,
    content: (
      <>
        <PageHeader title={folder.name} icon={kindOf(folder).icon} />
        <FolderTabs request={request} folder={folder} view={VIEW} />
        {secret === undefined ? null : (
          <NewSecret
            title="The new address"
            label="Address"
            secret={`${serverAddress(request.ctx, request.incoming)}/api/v1/ingest/-/${secret}`}
          />
        )}
        {refusal ? null : (
          <DoneNotice
            query={query}
            texts={{ save: 'The mapping was saved, and counts from now on.', revoke: 'The address was revoked.' }}
          />
        )}
        <RefusalNotice refusal={refusal} />
        {problem === undefined ? null : (
          <Notice tone="danger">
            {MAPPING_FILE} can’t be read: {problem} The revision before it counts meanwhile.
          </Notice>
        )}
        <Card
          title="Mapping"
          note={`Where messages of devices go: the file ${MAPPING_FILE} in this folder. Without it they are stored as they stand.`}
        >
          <form class="form" method="post" action={action}>
            <FormFields visitor={visitor} />
            <div class="field">
              <label for="mapping-text">Rules</label>
              <textarea id="mapping-text" name="text" rows={14} class="is-mono" spellcheck={false}>
                {text ?? stored ?? SAMPLE}
              </textarea>
            </div>
            <div class="actions">
              <button type="submit" class="button" name="act" value="try">
                Try it on the last messages
              </button>
              <button type="submit" class="button is-primary" name="act" value="save">
                Save
              </button>
            </div>
          </form>
        </Card>
        <Card
          title={isTried && refusal === undefined ? 'Last messages, as these rules would understand them' : 'Last messages'}
          note="The last one of each topic since the server was started, with what is stored of it."
        >
          <Messages messages={messages} now={ctx.clock.now()} />
        </Card>
        <Card
          title="Addresses for webhooks"
          note="For a program that can be told an address alone. Anyone who knows it can send values to this folder, and nothing else."
        >
          <Secrets secrets={secrets} request={request} action={action} />
          <PostForm visitor={visitor} action={action} hidden={{ act: 'make' }} submit="Make an address" icon="key" />
        </Card>
      </>
    ),
  }
}

const Messages = ({ messages, now }: { messages: readonly TriedMessage[]; now: number }) =>
  messages.length === 0 ? (
    <Empty icon="controller" title="No message yet">
      <p>What devices publish by MQTT below this folder, or send to it by HTTP, shows here.</p>
    </Empty>
  ) : (
    <ListTable columns={['Topic', 'Message', 'Stored']}>
      {messages.map(({ topic, time, payload, values, problems, at }) => (
        <tr>
          <th scope="row">
            {topic === '' ? 'this folder' : topic} <Age time={time} now={now} />
          </th>
          <td data-label="Message" class="is-mono">
            {payload}
          </td>
          <td data-label="Stored">
            <div>
              {values.length + problems.length === 0 ? 'nothing' : null}
              {values.map(({ path, value, units }) => (
                <p>
                  {path} = {value} {units ?? ''}
                </p>
              ))}
              {problems.map(({ path, message }) => (
                <p>
                  {path === '' ? '' : `${path}: `}
                  {message}
                </p>
              ))}
              {at === undefined ? null : <p class="note">at {formatTimestamp(at)}</p>}
            </div>
          </td>
        </tr>
      ))}
    </ListTable>
  )

const Secrets = ({ secrets, request, action }: { secrets: readonly KeyInfo[]; request: PageRequest; action: string }) =>
  secrets.length === 0 ? null : (
    <ListTable columns={['Secret', 'Made', 'State', { hidden: 'What to do with it' }]}>
      {secrets.map((one) => (
        <tr>
          <th scope="row" class="is-mono">
            {showKeyPart(one)}
          </th>
          <td data-label="Made">
            <AgeOf timestamp={one.creation_timestamp} now={request.ctx.clock.now()} />
          </td>
          <td data-label="State">
            <KeyState keyInfo={one} />
          </td>
          <td class="is-end">
            <RevokeButton visitor={request.visitor} action={action} keyInfo={one} fields={{ act: 'revoke' }} />
          </td>
        </tr>
      ))}
    </ListTable>
  )

async function changeDevices(request: PageRequest, folder: Resource): Promise<PageReply> {
  const { ctx, actor, form } = request
  const { act, text = '' } = form
  let secret: string | undefined
  const refusal = await refusalOf(form, async () => {
    if (act === 'try') await parseMapping(ctx.yaml, text, formatNames)
    else if (act === 'save') await save(request, folder, text.replaceAll('\r\n', '\n'))
    else if (act === 'make') secret = (await createIngestSecret(ctx, actor, folder)).secretKey
    else if (act === 'revoke') await revokeKey(ctx, actor, Number(form['key_id']))
    else throw invalid('That form does not say what to do. Reload the page and try again.')
  })
  const isText = act === 'try' || act === 'save'
  if (refusal || act === 'try') return showDevices(request, folder, { refusal, isTried: act === 'try', ...(isText ? { text } : {}) })
  if (secret !== undefined) return showDevices(request, folder, { secret })
  return redirect(pageOf(folder, VIEW, { done: act }))
}

/** @throws Fault invalid, forbidden */
async function save({ ctx, actor }: PageRequest, folder: Resource, text: string): Promise<void> {
  await parseMapping(ctx.yaml, text, formatNames)
  await putFile(ctx, actor, [...pathOf(folder).slice(1).split('/'), MAPPING_FILE], Buffer.from(text))
}
