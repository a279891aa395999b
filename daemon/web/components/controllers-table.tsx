/** Controllers and how they are, those that need somebody first. */
import type { ControllerStatus } from '../../../src/answers.ts'
import type { Micros } from '../../../src/time.ts'
import { AgeOf } from './basics.tsx'
import { pageOf } from '../links.ts'
import { StateBadge } from '../pages/controller/state-strip.tsx'
import { describeOffset } from '../shared/controller-state.ts'
import { formatCount } from '../shared/format.ts'

/** Silent ones first, then those that are not connected, then the others; by path among equals. */
export function byUrgency(a: ControllerStatus, b: ControllerStatus): number {
  const rank = ({ silent, connected }: ControllerStatus): number => (silent === true ? 0 : connected ? 2 : 1)
  return rank(a) - rank(b) || (a.path < b.path ? -1 : 1)
}

export const ControllersTable = ({ controllers, now }: { controllers: readonly ControllerStatus[]; now: Micros }) => (
  <div class="table-frame">
    <table class="table is-cards">
      <thead>
        <tr>
          <th scope="col">Controller</th>
          <th scope="col">State</th>
          <th scope="col">Last heard</th>
          <th scope="col">Version</th>
          <th scope="col">Clock</th>
          <th scope="col" class="is-end">
            Received
          </th>
        </tr>
      </thead>
      <tbody>
        {controllers.map((controller) => (
          <tr>
            <th scope="row">
              <a href={pageOf(controller.path)}>{controller.path}</a>
            </th>
            <td data-label="State">
              <StateBadge status={controller} />
            </td>
            <td data-label="Last heard" class="is-nowrap">
              <AgeOf timestamp={controller.last_heard_timestamp} now={now} />
            </td>
            <td data-label="Version">{controller.client_version ?? '–'}</td>
            <td data-label="Clock">{controller.clock_offset === null ? 'right' : describeOffset(controller.clock_offset)}</td>
            <td data-label="Received" class="is-number">
              {formatCount(controller.messages_received)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)
