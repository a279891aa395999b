/** A controller's state in one strip; client/controller/state.ts keeps it up to date. */
import type { Actor } from '../../../../src/tree/actor.ts'
import type { ControllerStatus } from '../../../../src/wire/answers.ts'
import type { Context } from '../../../../src/context.ts'
import { listControllers } from '../../../../src/watching/controller-status.ts'
import { notFound } from '../../../../src/base/fault.ts'
import type { Micros } from '../../../../src/base/time.ts'
import { pathOf, type Resource } from '../../../../src/tree/tree.ts'
import { AgeOf } from '../../components/basics.tsx'
import { pageOf } from '../../links.ts'
import { describeOffset, wordsOf } from '../../shared/controller-state.ts'
import { formatCount } from '../../shared/format.ts'

/** @throws Fault forbidden */
export async function readStatus(ctx: Context, actor: Actor, controller: Resource): Promise<ControllerStatus> {
  const status = (await listControllers(ctx, actor, controller)).find(({ id }) => id === controller.id)
  if (!status) throw notFound(`There is no controller ${pathOf(controller)} any more.`)
  return status
}

export const StateBadge = ({ status }: { status: ControllerStatus }) => {
  const { tone, text } = wordsOf(status)
  return (
    <span class="status">
      <span class={tone === 'none' ? 'dot' : `dot is-${tone}`}></span>
      <span data-field="state">{text}</span>
    </span>
  )
}

/** The same in one line, above what the controller holds; client/controller/state.ts keeps it up to date, too. */
export const StateLine = ({ status, controller, now }: { status: ControllerStatus; controller: Resource; now: Micros }) => (
  <p class="state-line" id="controller-state" aria-label="State">
    <StateBadge status={status} />
    {status.last_heard_timestamp === null ? null : (
      <span>
        heard{' '}
        <span data-field="heard">
          <AgeOf timestamp={status.last_heard_timestamp} now={now} />
        </span>
      </span>
    )}
    {status.clock_offset === null ? null : (
      <span>
        clock <span data-field="clock">{describeOffset(status.clock_offset)}</span>
      </span>
    )}
    <a href={pageOf(controller, 'state')}>State and log</a>
  </p>
)

export const StateStrip = ({ status, now }: { status: ControllerStatus; now: Micros }) => (
  <section class="card facts-card" id="controller-state" aria-label="State">
    <dl class="facts">
      <div>
        <dt>State</dt>
        <dd>
          <StateBadge status={status} />
        </dd>
      </div>
      <div>
        <dt>Last heard</dt>
        <dd data-field="heard">
          <AgeOf timestamp={status.last_heard_timestamp} now={now} />
        </dd>
      </div>
      <div>
        <dt>Version</dt>
        <dd data-field="version">{status.client_version ?? '–'}</dd>
      </div>
      <div>
        <dt>Address</dt>
        <dd data-field="address">{status.address ?? '–'}</dd>
      </div>
      <div>
        <dt>Clock</dt>
        <dd data-field="clock">{status.clock_offset === null ? 'right' : describeOffset(status.clock_offset)}</dd>
      </div>
      <div>
        <dt>Messages received</dt>
        <dd class="is-number" data-field="received">
          {formatCount(status.messages_received)}
        </dd>
      </div>
      <div>
        <dt>Messages sent</dt>
        <dd class="is-number" data-field="sent">
          {formatCount(status.messages_sent)}
        </dd>
      </div>
      <div>
        <dt>Id</dt>
        <dd class="is-number">{status.id}</dd>
      </div>
    </dl>
  </section>
)
