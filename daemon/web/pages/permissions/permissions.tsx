/** `?view=permissions` of any resource: who may do what with it, and why; admins of its organization can change it. */
import { explainAccess, readAccess, type Explanation, type Subject } from '../../../../src/people/permission-report.ts'
import { invalid } from '../../../../src/base/fault.ts'
import { listMembers, listOrganizations } from '../../../../src/resources/organizations.ts'
import { changeAccess } from '../../../../src/tree/permission-changes.ts'
import { canWrite, isOrganizationAdmin } from '../../../../src/tree/permissions.ts'
import { ONE_CONTROLLER, ONE_USER, ORGANIZATION_CONTROLLERS, ORGANIZATION_USERS, PUBLIC } from '../../../../src/wire/permissions.ts'
import { CONTROLLER_FOLDER } from '../../../../src/wire/resource-types.ts'
import { pathOf, type Resource } from '../../../../src/tree/tree.ts'
import { Card, RefusalNotice } from '../../components/basics.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import { redirect, type Page, type PageReply, type PageRequest, type Refusal, type ResourcePage } from '../../page.ts'
import { nameOf } from '../organization/member-parts.tsx'
import { frameResource } from '../organization/resource-frame.tsx'
import { AccessTable, AddLineForm, type Choice } from './access-table.tsx'
import { linksCard } from './links.tsx'
import { CheckForm, Verdict } from './verdict.tsx'

/** Number of controllers in the lists to choose from. */
const MOST_CONTROLLERS = 500

export function createPermissionPages(): ResourcePage[] {
  return [
    { method: 'GET', fits: () => true, view: 'permissions', handle: (request, resource) => showPermissions(request, resource) },
    { method: 'POST', fits: () => true, view: 'permissions', handle: changePermissions },
  ]
}

async function showPermissions(request: PageRequest, resource: Resource, refusal?: Refusal): Promise<Page> {
  const { ctx, actor, visitor, query } = request
  const records = await readAccess(ctx, actor, resource)
  const isAdmin = isOrganizationAdmin(ctx, actor, resource.organizationId)
  const choices = isAdmin ? await chooseFrom(request, resource) : []
  let explanation: Explanation | undefined
  const problem = await refusalOf(query, async () => {
    const subject = subjectOf(request)
    if (subject) explanation = await explainAccess(ctx, actor, resource, subject)
  })
  const action = pageOf(resource, 'permissions')
  return frameResource(request, resource, {
    view: 'permissions',
    name: 'Permissions',
    refusal,
    problem,
    done: { changed: 'The permissions were changed. They count at once, also for what is open elsewhere.' },
    content: (
      <>
        <Card
          title={`Who may do what with ${resource.name}`}
          note={
            'The most that any line gives somebody is what they may do. A line set here stands in place of one for the same ' +
            'people that is inherited. Admins of the whole server may do everything.'
          }
        >
          <AccessTable visitor={visitor} resource={resource} records={records} isAdmin={isAdmin} action={action} />
          {isAdmin ? (
            <AddLineForm visitor={visitor} action={action} choices={choices} typed={refusal?.form ?? {}} />
          ) : (
            <p class="note">Admins of the organization can change this.</p>
          )}
        </Card>
        <Card title={isAdmin ? 'What does it mean for …' : 'What it means for me'}>
          <RefusalNotice refusal={problem} />
          {isAdmin ? (
            <CheckForm action={action} choices={choices.filter(({ subject }) => subject !== undefined)} chosen={query['who']} />
          ) : null}
          {explanation === undefined ? null : <Verdict resource={resource} explanation={explanation} />}
        </Card>
        {isAdmin || (actor.kind === 'user' && canWrite(ctx, actor, resource)) ? await linksCard(request, resource) : null}
      </>
    ),
  })
}

/** The subject of `?who=`; visitors who may not ask about others see what the permissions mean for themselves. */
function subjectOf({ actor, query }: PageRequest): Subject | undefined {
  const { who } = query
  if (who === undefined || who === '') return actor.kind === 'user' ? { kind: 'user', id: actor.userId } : undefined
  const [, type, id] = /^(\d{3}):(\d{1,15})$/.exec(who) ?? []
  if (Number(type) === PUBLIC) return { kind: 'anonymous' }
  if (Number(type) === ONE_USER) return { kind: 'user', id: Number(id) }
  if (Number(type) === ONE_CONTROLLER) return { kind: 'controller', id: Number(id) }
  throw invalid('who must be 100:0, 130:USER or 140:CONTROLLER.')
}

/** Parties to choose from. */
async function chooseFrom({ ctx, actor }: PageRequest, resource: Resource): Promise<Choice[]> {
  const [organizations, members] = [await listOrganizations(ctx, actor), await listMembers(ctx, actor, resource.organizationId)]
  const own = organizations.filter(({ id }) => id === resource.organizationId)
  const others = organizations.filter(({ id }) => id !== resource.organizationId)
  const groups = [...own, ...others].flatMap(({ id, full_name: fullName, folder_name: name }): Choice[] => [
    { value: `${ORGANIZATION_USERS}:${id}`, text: `Members of ${fullName || name}`, group: 'Groups' },
    { value: `${ORGANIZATION_CONTROLLERS}:${id}`, text: `Controllers of ${fullName || name}`, group: 'Groups' },
  ])
  return [
    { value: `${PUBLIC}:0`, text: 'Everyone, without signing in', group: 'Groups', subject: 'Somebody who is not signed in' },
    ...groups,
    ...members.map(
      (member): Choice => ({
        value: `${ONE_USER}:${member.user_id}`,
        text: `${nameOf(member)} (${member.email_address})`,
        group: 'People',
        subject: `${nameOf(member)} (${member.email_address})`,
      }),
    ),
    ...controllersOf(ctx.tree.byId(resource.organizationId)).map(
      (controller): Choice => ({
        value: `${ONE_CONTROLLER}:${controller.id}`,
        text: pathOf(controller),
        group: 'Controllers',
        subject: pathOf(controller),
      }),
    ),
  ]
}

function controllersOf(organization: Resource | undefined): Resource[] {
  const found: Resource[] = []
  const stack = organization ? [organization] : []
  for (let next = stack.pop(); next && found.length < MOST_CONTROLLERS; next = stack.pop()) {
    if (next.type === CONTROLLER_FOLDER) found.push(next)
    stack.push(...next.children.values())
  }
  return found.sort((a, b) => pathOf(a).localeCompare(pathOf(b), 'en', { numeric: true }))
}

async function changePermissions(request: PageRequest, resource: Resource): Promise<PageReply> {
  const { ctx, actor, form } = request
  const refusal = await refusalOf(form, async () => {
    const [, type, principal] = /^(\d{3}):(\d{1,15})$/.exec(form['party'] ?? '') ?? []
    if (type === undefined || principal === undefined) throw invalid('Choose who this line is for.')
    const level = form['level'] ?? ''
    if (level !== 'inherit' && !/^\d{1,2}$/.test(level)) throw invalid('Choose what they may do.')
    await changeAccess(ctx, actor, resource, [Number(type), Number(principal)], level === 'inherit' ? undefined : Number(level))
  })
  return refusal ? showPermissions(request, resource, refusal) : redirect(pageOf(resource, 'permissions', { done: 'changed' }))
}
