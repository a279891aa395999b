/** From nothing to the first value: creates a controller with a sequence and a key, and shows lines to paste that send a value. */
import { connectDevice, type ConnectedDevice } from '../../../../src/people/device-setup.ts'
import { httpStatusOf } from '../../../../src/base/fault.ts'
import { requireResource } from '../../../../src/tree/finding.ts'
import { Card, CopyBox, Csrf, Field, Notice, PageHeader, RefusalNotice } from '../../components/basics.tsx'
import { keepsNothing, NewSecret } from '../../components/post.tsx'
import { Icon } from '../../components/icons.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import type { Page, PageReply, PageRequest, PageRoute, Refusal } from '../../page.ts'
import { isLocalAddress, mqttTarget, recipesFor } from './recipes.ts'
import { serverAddress } from '../../../requests/address.ts'
import { Steps } from './steps.tsx'

const PATH = '/-/connect'

/** The page that creates a controller in a folder. @param isFirst true: as a step of the first run */
export const connectPage = (folder: string, isFirst = false): string =>
  `${PATH}?${new URLSearchParams({ folder, ...(isFirst ? { first: '1' } : {}) }).toString()}`

export function createConnectPages(): PageRoute[] {
  return [
    { method: 'GET', path: PATH, handle: async (request) => showForm(request, request.query['folder']) },
    { method: 'POST', path: PATH, handle: handleForm },
  ]
}

function showForm({ ctx, actor, visitor, query, form }: PageRequest, folder: string | undefined, refusal?: Refusal): Page {
  const place = folder ?? visitor.organizations[0]?.path ?? ''
  const typed = refusal?.form ?? {}
  const isFirst = (query['first'] ?? form['first']) !== undefined
  return {
    title: 'Connect a controller',
    crumb: 'Connect a controller',
    resource: refusal === undefined && place !== '' ? requireResource(ctx, actor, place) : undefined,
    status: refusal === undefined ? 200 : httpStatusOf[refusal.fault.code],
    content: (
      <div class="narrow is-form stack">
        {isFirst ? <Steps current={2} /> : null}
        <PageHeader
          title="Connect a controller"
          lead="A controller is a device that measures: a Raspberry Pi, an ESP32, a script on a computer."
        />
        <Card>
          <RefusalNotice refusal={refusal} />
          <form class="form" method="post" action={PATH}>
            <Csrf visitor={visitor} />
            {isFirst ? <input type="hidden" name="first" value="1" /> : null}
            <Field
              label="Folder that it goes into"
              name="folder"
              value={typed['folder'] ?? place}
              required
              maxlength={1000}
              autocomplete="off"
            />
            <Field
              label="Name of the controller"
              name="name"
              value={typed['name']}
              required
              maxlength={255}
              autocomplete="off"
              placeholder="greenhouse"
              autofocus={refusal === undefined}
            />
            <div class="field-row">
              <Field
                label="What it measures"
                name="sequence"
                value={typed['sequence'] ?? 'temperature'}
                required
                maxlength={255}
                autocomplete="off"
                hint="More can follow."
              />
              <Field label="Units" name="units" value={typed['units'] ?? '°C'} maxlength={100} autocomplete="off" />
            </div>
            <div class="actions">
              <button class="button is-primary" type="submit">
                Make the controller
              </button>
              {place === '' ? null : (
                <a class="button is-quiet" href={pageOf(place)}>
                  Not now
                </a>
              )}
            </div>
          </form>
        </Card>
      </div>
    ),
  }
}

async function handleForm(request: PageRequest): Promise<PageReply> {
  const { ctx, actor, form } = request
  const text = (name: string): string => (form[name] ?? '').trim()
  let device: ConnectedDevice | undefined
  const refusal = await refusalOf(form, async () => {
    device = await connectDevice(ctx, actor, {
      folder: text('folder').replace(/(?<=^\/|[^/])\/+$/, ''),
      name: text('name'),
      sequence: text('sequence'),
      units: text('units'),
    })
  })
  return device === undefined ? showForm(request, form['folder'], refusal) : showLines(request, device)
}

function showLines({ ctx, actor, form, incoming }: PageRequest, { path, sequencePath, secretKey }: ConnectedDevice): Page {
  const server = serverAddress(ctx, incoming)
  const recipes = recipesFor({ server, mqtt: mqttTarget(ctx, server), path: sequencePath, key: secretKey })
  return {
    title: 'The first value',
    crumb: 'The first value',
    resource: requireResource(ctx, actor, path),
    script: 'connect',
    state: { folder: path, sequence: sequencePath },
    headers: keepsNothing,
    content: (
      <>
        {form['first'] === undefined ? null : <Steps current={3} />}
        <PageHeader
          title="Send the first value"
          lead="Paste one of these where the device is: each sends one value, with the key of the controller."
        />
        <Waiting sequencePath={sequencePath} />
        {isLocalAddress(server) ? (
          <Notice tone="warning">
            The lines name {new URL(server).hostname}, which is this machine only. On other devices put its name or address there, and let
            the server listen on the network (the setting LISTEN_ADDRESS).
          </Notice>
        ) : null}
        {recipes.map(({ name, note, text }) => (
          <Card title={name} note={note}>
            <CopyBox label={`Lines for ${name}`} text={text} />
          </Card>
        ))}
        <NewSecret title="The key of the controller" label="Secret key" secret={secretKey}>
          <p class="note">
            It stands in the lines above. Lost it? Make another on <a href={pageOf(path, 'keys')}>the page of the controller</a>, and revoke
            this one.
          </p>
        </NewSecret>
      </>
    ),
  }
}

/** Waits for the first value, with connect.ts; without script it links to the page that shows values. */
const Waiting = ({ sequencePath }: { sequencePath: string }) => (
  <section id="waiting" class="waiting" aria-live="polite">
    <span class="dot is-waiting" aria-hidden="true"></span>
    <p id="waiting-text" class="waiting-text">
      Waiting for the first value of {sequencePath} …
    </p>
    <a id="waiting-link" class="button" href={pageOf(sequencePath)}>
      <Icon name="numeric" />
      <span>Look at its page</span>
    </a>
  </section>
)
