/** `/-/system/extensions`: what became of the server's extensions, and switching one on again. */
import type { ExtensionReport } from '../../../../src/extensions/extensions.ts'
import { Badge, Card, Empty, RefusalNotice, type Tone } from '../../components/basics.tsx'
import { ListTable } from '../../components/lists.tsx'
import { DoneNotice, PostButton } from '../../components/post.tsx'
import { refusalOf } from '../../forms.ts'
import { redirect, type Page, type PageReply, type PageRequest, type Refusal } from '../../page.ts'
import { formatCount } from '../../shared/format.ts'
import type { Visitor } from '../../visitor.ts'
import { frameSystem } from './system-frame.tsx'

const PATH = '/-/system/extensions'

const STATES: Readonly<Record<ExtensionReport['state'], readonly [text: string, tone: Tone]>> = {
  running: ['Running', 'success'],
  off: ['Switched off', 'danger'],
  failed: ['Can’t be used', 'danger'],
}

export async function showExtensions(request: PageRequest, refusal?: Refusal): Promise<Page> {
  const { ctx, actor, visitor, query } = request
  const all = ctx.extensions.list(actor)
  return frameSystem('Extensions', {
    lead: `In ${ctx.settings.extensionsFolder}. The settings EXTENSIONS and AUTOLOAD_EXTENSIONS say which of them are loaded.`,
    ...(refusal === undefined ? {} : { status: 400 }),
    content: (
      <>
        {refusal ? null : <DoneNotice query={query} texts={{ on: 'The extension was switched on.' }} />}
        <RefusalNotice refusal={refusal} />
        {all.length === 0 ? (
          <Empty icon="chip" title="No extensions">
            <p>An extension adds pages, viewers, listeners and more to this server.</p>
          </Empty>
        ) : (
          <Card title="Extensions">
            <ListTable columns={['Name', 'State', 'What it does', 'Acts as', { hidden: 'What to do with it' }]}>
              {all.map((one) => (
                <Row one={one} visitor={visitor} />
              ))}
            </ListTable>
          </Card>
        )}
      </>
    ),
  })
}

const Row = ({ one, visitor }: { one: ExtensionReport; visitor: Visitor }) => {
  const [text, tone] = STATES[one.state]
  return (
    <tr>
      <th scope="row">
        {one.name} {one.version}
      </th>
      <td data-label="State">
        <span>
          <Badge tone={tone}>{text}</Badge> {one.reason === undefined ? null : <span class="note">{one.reason}</span>}
          {one.state === 'running' && one.failures > 0 ? (
            <span class="note">
              {formatCount(one.failures)} {one.failures === 1 ? 'failure' : 'failures'}, the last of {one.lastFailure}
            </span>
          ) : null}
        </span>
      </td>
      <td data-label="What it does">{one.registered}</td>
      <td data-label="Acts as">{one.actsAs ?? (one.state === 'failed' ? '' : 'nobody')}</td>
      <td class="is-end">
        {one.state === 'running' ? null : (
          <PostButton visitor={visitor} action={PATH} fields={{ name: one.name }} label={`Switch ${one.name} on again`}>
            Switch on again
          </PostButton>
        )}
      </td>
    </tr>
  )
}

export async function switchOn(request: PageRequest): Promise<PageReply> {
  const { ctx, actor, form } = request
  const refusal = await refusalOf(form, () => ctx.extensions.switchOn(ctx, actor, form['name'] ?? ''))
  return refusal ? showExtensions(request, refusal) : redirect(`${PATH}?done=on`)
}
