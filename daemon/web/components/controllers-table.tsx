/** A table of controllers and their status, those that need attention first. */
import type { ControllerStatus } from '../../../src/wire/answers.ts'
import type { Micros } from '../../../src/base/time.ts'
import { AgeOf } from './basics.tsx'
import { ListTable } from './lists.tsx'
import { apiOf, pageOf } from '../links.ts'
import { StateBadge } from '../pages/controller/state-strip.tsx'
import { describeOffset } from '../shared/controller-state.ts'
import { formatCount } from '../shared/format.ts'

/** Silent ones first, then those that are not connected, then the others; sorted by path among equals. */
export function byUrgency(a: ControllerStatus, b: ControllerStatus): number {
  const rank = ({ silent, connected }: ControllerStatus): number => (silent === true ? 0 : connected ? 2 : 1)
  return rank(a) - rank(b) || (a.path < b.path ? -1 : 1)
}

interface ControllersProps {
  controllers: readonly ControllerStatus[]
  now: Micros
  /** Ids of those that the visitor may change, which get a checkbox; undefined: none. */
  selectable?: ReadonlySet<number>
}

export const ControllersTable = ({ controllers, now, selectable }: ControllersProps) => (
  <ListTable
    columns={[
      ...(selectable ? [{ select: 'Select all' }] : []),
      'Controller',
      'State',
      'Last heard',
      'Version',
      'Clock',
      { text: 'Received', class: 'is-end' },
    ]}
  >
    {controllers.map((controller) => (
      <tr data-name={controller.path} data-api-path={apiOf(controller.path).slice('/api/v1'.length)}>
        {selectable ? (
          <td class="is-tight select-cell">
            {selectable.has(controller.id) ? <input type="checkbox" class="select" aria-label={`Select ${controller.path}`} /> : null}
          </td>
        ) : null}
        <th scope="row">
          <a href={pageOf(controller.path)}>{controller.path}</a>
        </th>
        <td data-label="State">
          <StateBadge status={controller} />
        </td>
        <td data-label="Last heard" class="is-nowrap">
          <AgeOf timestamp={controller.last_heard_timestamp} now={now} />
        </td>
        <td data-label="Version" class={controller.client_version === null ? 'is-usual' : undefined}>
          {controller.client_version ?? '–'}
        </td>
        <td data-label="Clock" class={controller.clock_offset === null ? 'is-usual' : undefined}>
          {controller.clock_offset === null ? 'right' : describeOffset(controller.clock_offset)}
        </td>
        <td data-label="Received" class="is-number">
          {formatCount(controller.messages_received)}
        </td>
      </tr>
    ))}
  </ListTable>
)
