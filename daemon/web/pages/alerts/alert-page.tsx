/** `?view=alert` of a sequence or controller: creates a rule, or changes the one that `name` names. */
import type { Child } from 'hono/jsx'
import { createAlert, findAlert, requireAlertsChangeable, updateAlert } from '../../../../src/watching/alert-changes.ts'
import { kindsFor, parseAlertRule, type AlertTarget } from '../../../../src/attributes/alert-rules.ts'
import { invalid } from '../../../../src/base/fault.ts'
import { listMembers } from '../../../../src/resources/organizations.ts'
import { CONTROLLER_FOLDER, IMAGE, SEQUENCE } from '../../../../src/wire/resource-types.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import { warningsFor } from '../../../../src/notifications/obstacles.ts'
import { sendTestsFor } from '../../../../src/watching/watch-tests.ts'
import type { SentTest } from '../../../../src/wire/answers.ts'
import { Card } from '../../components/basics.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import { redirect, type Fields, type Page, type PageReply, type PageRequest, type Refusal } from '../../page.ts'
import { frameResource } from '../organization/resource-frame.tsx'
import { ALL_ALERTS } from './alert-table.tsx'
import { AlertForm } from './alert-form.tsx'
import { LABELS, formOf, problemsOf, recipientsOf, secondOf, readAlertForm, type Problems } from './alert-fields.ts'
import { TrialResult, tryLately } from './trial.tsx'

/** Maximum number of members with a checkbox of their own; in a larger organization addresses are typed. */
const MAX_BOXES = 60

/** @throws Fault forbidden, invalid; not_found for a rule that was removed */
export async function showAlertForm(request: PageRequest, resource: Resource): Promise<Page> {
  const { ctx, actor, query, visitor } = request
  const target = requireAlertsChangeable(ctx, actor, resource)
  const tellable = await listTellable(request, resource)
  const own = visitor.user?.emailAddress ?? ''
  const isNew = query['name'] === undefined
  const typed = isNew
    ? { kind: kindsFor(target)[0], enabled: '1', ...(tellable.includes(own) ? { [`to:${own}`]: '1' } : {}) }
    : formOf(findAlert(ctx, actor, resource, query['name'] ?? ''), tellable)
  return makePage(request, resource, {
    target,
    tellable,
    typed,
    problems: {},
    trial: <p class="note">How often it would have been on in the last week shows here.</p>,
  })
}

export async function handleAlertForm(request: PageRequest, resource: Resource): Promise<PageReply> {
  const { ctx, actor, form, query } = request
  const target = requireAlertsChangeable(ctx, actor, resource)
  const { fields, problems } = readAlertForm(form, target)
  const isTrial = form['act'] === 'try'
  const isTest = form['act'] === 'send-test'
  if (isTrial) delete problems['others']
  // A test needs to know whom to tell, and nothing else.
  if (isTest) for (const name of Object.keys(problems)) if (name !== 'others') delete problems[name]
  let tests: readonly SentTest[] | undefined
  let trial: Child | undefined
  let refusal = Object.keys(problems).length > 0 ? wrongFields(form) : undefined
  refusal ??= await refusalOf(form, async () => {
    if (isTrial)
      trial = (
        <TrialResult
          request={request}
          trial={await tryLately(request, resource, parseAlertRule(fields, target, 'alert', false))}
          sequence={resource}
        />
      )
    else if (isTest) tests = await sendTestsFor(ctx, actor, resource, fields['recipients'])
    else if (query['name'] === undefined) await createAlert(ctx, actor, resource, fields)
    else await updateAlert(ctx, actor, resource, query['name'], fields)
  })
  if (!refusal && !isTrial && !isTest)
    return redirect(backTo(request, resource, { done: query['name'] === undefined ? 'made' : 'changed' }))
  const found: Problems = refusal ? { ...problems, ...problemsOf(refusal.fault) } : {}
  const isBeside = Object.keys(found).length > 0
  const tellable = await listTellable(request, resource)
  return makePage(request, resource, {
    target,
    tellable,
    typed: form,
    problems: found,
    tests,
    refusal: isBeside ? wrongFields(form) : refusal,
    trial: trial ?? <Hindrances problems={found} />,
  })
}

const Hindrances = ({ problems }: { problems: Problems }) => {
  const known = Object.entries(problems).filter(([name]) => name !== 'others' && name !== 'name')
  return (
    <p class="note">
      {known.length === 0
        ? 'Save it, or try it.'
        : `To try it, put right first: ${known.map(([name, problem]) => `${labelOf(name)}: ${problem ?? ''}`).join(' ')}`}
    </p>
  )
}

const labelOf = (name: string): string => Object.entries(LABELS).find(([field]) => field === name)?.[1] ?? name

const wrongFields = (form: Fields): Refusal => ({
  fault: invalid('Something is missing or wrong: it is said beside the fields. Nothing was saved.'),
  form,
})

interface Shown {
  target: AlertTarget
  tellable: readonly string[]
  typed: Fields
  problems: Problems
  refusal?: Refusal | undefined
  tests?: readonly SentTest[] | undefined
  trial: Child
}

function makePage(request: PageRequest, resource: Resource, { target, tellable, typed, problems, refusal, tests, trial }: Shown): Page {
  const { name, from } = request.query
  const title = name === undefined ? 'New alert' : 'Change the alert'
  return frameResource(request, resource, {
    view: 'watching',
    name: title,
    script: 'alert',
    refusal,
    content: (
      <Card
        title={title}
        note={
          name === undefined
            ? 'The server tells people when values are not as they should be, or stay away: once when that begins, and once when it ends.'
            : name
        }
      >
        <AlertForm
          visitor={request.visitor}
          target={target}
          units={resource.sequence?.units}
          action={pageOf(resource, 'alert', { name, from })}
          back={backTo(request, resource)}
          typed={typed}
          problems={problems}
          tellable={tellable}
          warnings={warningsFor(request.ctx, [...recipientsOf(typed), ...secondOf(typed)])}
          tests={tests}
          trial={target === 'controller' || target === 'folder' || target === IMAGE ? undefined : trial}
        />
      </Card>
    ),
  })
}

/** The list that the visitor came from: the controller's, or the sequence's own. */
function backTo({ query }: PageRequest, resource: Resource, more: Record<string, string> = {}): string {
  if (query['from'] === 'all' || (resource.type !== SEQUENCE && resource.type !== CONTROLLER_FOLDER))
    return more['done'] === undefined ? ALL_ALERTS : `${ALL_ALERTS}?done=${more['done']}`
  let controller: Resource | undefined = resource
  while (controller && controller.type !== CONTROLLER_FOLDER) controller = controller.parent
  return controller && (controller === resource || query['from'] === 'watching')
    ? pageOf(controller, 'watching', more)
    : pageOf(resource, 'alerts', more)
}

/** Addresses to choose from: those of the members, if the visitor may see them; the visitor's own. */
async function listTellable(request: PageRequest, resource: Resource): Promise<string[]> {
  const { ctx, actor, visitor } = request
  const own = visitor.user === undefined ? [] : [visitor.user.emailAddress]
  let members: string[] = []
  await refusalOf({}, async () => {
    members = (await listMembers(ctx, actor, resource.organizationId)).map(({ email_address: address }) => address)
  })
  const people = members.length > MAX_BOXES ? own : [...new Set([...own, ...members])]
  return [...people, ...people.filter((one) => ctx.pushReach.has(one)).map((one) => `push:${one}`)]
}
