/** `/-/controllers`: all controllers that the visitor may see with their status, and letting a new device in. */
import type { ControllerStatus } from '../../../../src/wire/answers.ts'
import { listControllers } from '../../../../src/watching/controller-status.ts'
import { invalid } from '../../../../src/base/fault.ts'
import { canWrite } from '../../../../src/tree/permissions.ts'
import { enterPin } from '../../../../src/people/pins.ts'
import { Card, Empty, PageHeader, RefusalNotice } from '../../components/basics.tsx'
import { EditDialog } from '../../components/edit-dialog.tsx'
import { Icon } from '../../components/icons.tsx'
import { PinField, PostForm } from '../../components/forms.tsx'
import { ControllersTable, byUrgency } from '../../components/controllers-table.tsx'
import { FoundCount, ListSearch, wantedOf } from '../../components/lists.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import { redirect, type Page, type PageReply, type PageRequest, type PageRoute, type Refusal } from '../../page.ts'
import { formatCount } from '../../shared/format.ts'
import { pinOf } from './keys.tsx'

const PAGE_SIZE = 200

export function createControllerRoutes(): PageRoute[] {
  return [
    { method: 'GET', path: '/-/controllers', handle: async (request) => showControllers(request) },
    { method: 'POST', path: '/-/controllers', handle: letIn },
  ]
}

async function showControllers(request: PageRequest, refusal?: Refusal): Promise<Page> {
  const { ctx, actor, query } = request
  const all = (await listControllers(ctx, actor, undefined)).sort(byUrgency)
  const writable = all.filter(({ id }) => {
    const controller = ctx.tree.byId(id)
    return controller && canWrite(ctx, actor, controller)
  })
  const filter = wantedOf(query, 'filter').toLowerCase()
  const found = all.filter(({ path }) => path.toLowerCase().includes(filter))
  return {
    title: 'Controllers',
    crumb: 'Controllers',
    script: 'controllers',
    ...(refusal === undefined ? {} : { status: 400 }),
    content: (
      <>
        <PageHeader title="Controllers" icon="controller" lead={summaryOf(all)} />
        <RefusalNotice refusal={refusal} />
        {all.length === 0 ? (
          <Empty icon="controller" title="No controllers yet">
            <p>A controller is a device that sends values. Make one in the folder of your organization, with “New”.</p>
          </Empty>
        ) : (
          <>
            {all.length > 8 ? (
              <ListSearch label="Filter the controllers" text="Filter by path" name="filter" value={query['filter'] ?? ''}>
                <FoundCount wanted={filter} found={found.length} all={all.length} />
              </ListSearch>
            ) : null}
            <SelectedBar />
            <div id="controllers" data-refresh>
              <ControllersTable
                controllers={found.slice(0, PAGE_SIZE)}
                now={ctx.clock.now()}
                {...(writable.length === 0 ? {} : { selectable: new Set(writable.map(({ id }) => id)) })}
              />
              {found.length > PAGE_SIZE ? <p class="note">The first {PAGE_SIZE} are shown: filter by path to see others.</p> : null}
            </div>
            <PinCard visitor={request.visitor} writable={writable} form={refusal} />
            {writable.length === 0 ? null : <EditDialog />}
          </>
        )}
      </>
    ),
  }
}

function summaryOf(controllers: readonly ControllerStatus[]): string {
  const connected = controllers.filter((controller) => controller.connected).length
  const silent = controllers.filter((controller) => controller.silent === true).length
  return (
    `${formatCount(controllers.length)} in all, ${formatCount(connected)} connected, ` +
    `${silent === 0 ? 'none silent' : `${formatCount(silent)} silent`}`
  )
}

/** Appears when something is selected. */
const SelectedBar = () => (
  <div id="selection" class="selection" role="toolbar" aria-label="With what is selected" hidden>
    <span id="selection-count" role="status"></span>
    <span class="actions">
      <button type="button" class="button is-small" data-act="edit">
        <Icon name="settings" />
        Edit …
      </button>
      <button type="button" class="button is-small is-quiet is-icon" data-act="none" aria-label="Select nothing">
        <Icon name="close" />
      </button>
    </span>
  </div>
)

const PinCard = ({
  visitor,
  writable,
  form,
}: {
  visitor: PageRequest['visitor']
  writable: readonly ControllerStatus[]
  form: Refusal | undefined
}) =>
  writable.length === 0 ? null : (
    <Card
      title="Let a new device in"
      note="A device without a key shows a PIN of four digits. Choose which controller it is, and enter the PIN within 30 minutes."
    >
      <PostForm visitor={visitor} action="/-/controllers" submit="Let it in">
        <div class="field-row">
          <div class="field">
            <label for="pin-controller">Controller</label>
            <input
              id="pin-controller"
              name="controller"
              list="pin-controllers"
              required
              maxlength={2_000}
              autocomplete="off"
              value={form?.form['controller']}
              placeholder={writable[0]?.path}
            />
            <datalist id="pin-controllers">
              {writable.slice(0, PAGE_SIZE).map(({ path }) => (
                <option value={path}></option>
              ))}
            </datalist>
          </div>
          <PinField value={form?.form['pin']} />
        </div>
      </PostForm>
    </Card>
  )

async function letIn(request: PageRequest): Promise<PageReply> {
  const { ctx, actor, form, address } = request
  const path = form['controller']?.trim() ?? ''
  const refusal = await refusalOf(form, async () => {
    if (path === '') throw invalid('Choose which controller the device is.')
    await enterPin(ctx, actor, pinOf(form['pin']), path, address)
  })
  return refusal ? showControllers(request, refusal) : redirect(pageOf(path, 'keys', { done: 'pin' }))
}
