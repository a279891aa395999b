/** `?view=state`: a controller's state, the status that it reports, and its log. */
import type { RefusedValues } from '../../../../src/wire/answers.ts'
import type { Micros } from '../../../../src/base/time.ts'
import { TEXT } from '../../../../src/wire/resource-types.ts'
import { listCorrections } from '../../../../src/sequences/correction-undo.ts'
import { canRead, canWrite } from '../../../../src/tree/permissions.ts'
import { timezoneOf, type Resource } from '../../../../src/tree/tree.ts'
import { AgeOf, Card, RefusalNotice } from '../../components/basics.tsx'
import { LogLines, readLogLines } from '../../components/log-lines.tsx'
import { DoneNotice } from '../../components/post.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import { redirect, type Page, type PageReply, type PageRequest, type Refusal } from '../../page.ts'
import { formatCount } from '../../shared/format.ts'
import { frameController } from './controller-frame.tsx'
import { CorrectionsCard, undoByForm } from './corrections-card.tsx'
import { StateStrip, readStatus } from './state-strip.tsx'

const LINES = 200
/** Maximum length of a value of the status object that is shown, in characters. */
const MAX_VALUE = 2_000

export async function showState(request: PageRequest, controller: Resource, refusal?: Refusal): Promise<Page> {
  const { ctx, actor } = request
  const status = await readStatus(ctx, actor, controller)
  const child = controller.children.get('log')
  const log = child?.sequence?.dataType === TEXT && canRead(ctx, actor, child) ? child : undefined
  const lines = await readLogLines(ctx, actor, log, LINES)
  const corrections = await listCorrections(ctx, actor, controller)
  return frameController(request, controller, {
    view: 'state',
    name: 'State and log',
    ...(refusal === undefined ? {} : { status: 400 }),
    content: (
      <>
        {refusal ? null : (
          <DoneNotice query={request.query} texts={{ undone: 'The values stand at the times that they were sent with.' }} />
        )}
        <RefusalNotice refusal={refusal} />
        <StateStrip status={status} now={ctx.clock.now()} />
        <Refused refused={status.refused_values} now={ctx.clock.now()} />
        <CorrectionsCard
          corrections={corrections}
          controller={controller}
          visitor={canWrite(ctx, actor, controller) ? request.visitor : undefined}
        />
        <Card title="What it reports" note="The status object that the controller’s program sends.">
          <Reported status={status.status} />
        </Card>
        <Card title="Log" note="The newest lines; what comes is added.">
          <LogLines sequence={log} lines={lines} zone={timezoneOf(ctx.tree, controller)} />
        </Card>
      </>
    ),
  })
}

/** Undoes a correction of its times. */
export async function changeState(request: PageRequest, controller: Resource): Promise<PageReply> {
  const { ctx, actor, form } = request
  const refusal = await refusalOf(form, () => undoByForm(ctx, actor, controller, form))
  return refusal ? showState(request, controller, refusal) : redirect(pageOf(controller, 'state', { done: 'undone' }))
}

/** Values that were not stored, by name; nothing where all are. */
const Refused = ({ refused, now }: { refused: RefusedValues | null; now: Micros }) => (
  <div id="refused" data-refresh>
    {refused && (
      <Card
        title="Values that were not stored"
        note={
          <>
            {formatCount(refused.count)} {refused.count === 1 ? 'value was' : 'values were'} refused, the first{' '}
            <AgeOf timestamp={refused.since_timestamp} now={now} />. The list goes when there was none for a week.
          </>
        }
      >
        <dl class="pairs">
          {refused.names.map(({ path, count, message, last_timestamp: last }) => (
            <div>
              <dt>{path}</dt>
              <dd>
                {formatCount(count)} {count === 1 ? 'time' : 'times'}, the last <AgeOf timestamp={last} now={now} />: {message}
              </dd>
            </div>
          ))}
        </dl>
      </Card>
    )}
  </div>
)

/** The controller chose the names and values, so they are shown as text, whatever they look like. */
const Reported = ({ status }: { status: Readonly<Record<string, unknown>> }) => {
  const entries = Object.entries(status).sort(([a], [b]) => (a < b ? -1 : 1))
  return (
    <div id="reported" data-refresh>
      {entries.length === 0 ? (
        <p class="note">Nothing yet.</p>
      ) : (
        <dl class="pairs">
          {entries.map(([name, value]) => (
            <div>
              <dt>{name}</dt>
              <dd>{showValue(value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  )
}

function showValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value, undefined, typeof value === 'object' ? 1 : undefined)
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text
}
