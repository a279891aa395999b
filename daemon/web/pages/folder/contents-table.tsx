/** The table of a folder's children. */
import { InTurns } from '../../components/in-turns.tsx'
import { escapeHidden } from '../../../../src/base/hidden-text.ts'
import type { UnitSystem } from '../../../../src/base/units.ts'
import type { ContentsQuery, FolderContents, FolderEntry, Sort } from '../../../../src/resources/folder-contents.ts'
import type { ControllerStatus } from '../../../../src/wire/answers.ts'
import { CONTROLLER_FOLDER, FILE, NUMERIC, TEXT } from '../../../../src/wire/resource-types.ts'
import type { Micros } from '../../../../src/base/time.ts'
import type { ActiveAlert } from '../../../../src/watching/active-alerts.ts'
import { isImageSequence, isWithin, type Resource } from '../../../../src/tree/tree.ts'
import { Age, AgeOf, Badge } from '../../components/basics.tsx'
import { Icon } from '../../components/icons.tsx'
import { kindOf } from '../../components/kinds.ts'
import { apiOf, pageOf } from '../../links.ts'
import { shownCondition } from '../../shared/alert-words.ts'
import { formatBytes, formatValue } from '../../shared/format.ts'
import { showNumber } from '../../shared/shown-value.ts'
import { StateBadge } from '../controller/state-strip.tsx'

interface TableProps {
  folder: Resource
  contents: FolderContents
  query: ContentsQuery
  /** Those that are on, in the folder and below it. */
  alerts: readonly ActiveAlert[]
  /** Of those that are listed, by id. */
  controllers: ReadonlyMap<number, ControllerStatus>
  now: Micros
  /** What the visitor wants to see values in. */
  system: UnitSystem | undefined
}

/** Longer names, in characters, may be cut if there is little room. */
const LONG_NAME = 60

export const ContentsTable = ({ folder, contents, query, alerts, controllers, now, system }: TableProps) => {
  const hasSizes = contents.entries.some(({ size }) => size !== undefined)
  const hasValues = contents.entries.some(({ resource: { sequence, type } }) => sequence !== undefined || type === CONTROLLER_FOLDER)
  return (
    <div class="table-frame">
      <table class="table is-cards contents">
        <thead>
          <tr>
            <td class="is-tight">
              <input type="checkbox" id="select-all" aria-label="Select all" />
            </td>
            <Heading folder={folder} query={query} sort="name" text="Name" />
            <Heading folder={folder} query={query} sort="kind" text="Kind" />
            {hasValues ? (
              <th scope="col" class="is-end">
                Newest
              </th>
            ) : null}
            {hasSizes ? <Heading folder={folder} query={query} sort="size" text="Size" isEnd /> : null}
            <Heading folder={folder} query={query} sort="time" text="When" />
          </tr>
        </thead>
        <tbody>
          <InTurns>
            {contents.entries.map((entry) => (
              <Row
                entry={entry}
                alerts={alerts.filter(({ resource }) => isWithin(resource, entry.resource))}
                status={controllers.get(entry.resource.id)}
                now={now}
                system={system}
                hasSizes={hasSizes}
                hasValues={hasValues}
              />
            ))}
          </InTurns>
        </tbody>
      </table>
    </div>
  )
}

const Heading = ({
  folder,
  query,
  sort,
  text,
  isEnd,
}: {
  folder: Resource
  query: ContentsQuery
  sort: Sort
  text: string
  isEnd?: boolean
}) => {
  const isSorted = query.sort === sort
  // Sorting by time or size begins with the newest or largest.
  const startsDescending = sort === 'time' || sort === 'size'
  const isNextDescending = isSorted ? !query.descending : startsDescending
  return (
    <th
      scope="col"
      class={isEnd === true ? 'is-end' : ''}
      aria-sort={isSorted ? (query.descending ? 'descending' : 'ascending') : undefined}
    >
      <a href={pageOf(folder, 'contents', { sort: `${isNextDescending ? '-' : ''}${sort}`, filter: query.filter })}>
        {text}
        {isSorted ? <Icon name={query.descending ? 'down' : 'up'} /> : null}
      </a>
    </th>
  )
}

const kindForScripts = ({ type, sequence }: Resource): string =>
  type === FILE ? 'file' : type === CONTROLLER_FOLDER ? 'controller' : sequence ? 'sequence' : 'folder'

interface RowProps {
  entry: FolderEntry
  /** Those that are on. */
  alerts: readonly ActiveAlert[]
  /** Of a controller. */
  status: ControllerStatus | undefined
  now: Micros
  system: UnitSystem | undefined
  hasSizes: boolean
  hasValues: boolean
}

const Row = ({ entry, alerts, status, now, system, hasSizes, hasValues }: RowProps) => {
  const { resource, time, size } = entry
  const { name, icon } = kindOf(resource)
  return (
    <tr
      data-id={resource.id}
      data-name={resource.name}
      data-kind={kindForScripts(resource)}
      data-charted={resource.sequence?.dataType === NUMERIC ? 'line' : resource.sequence?.dataType === TEXT ? 'strip' : undefined}
      data-api-path={apiOf(resource).slice('/api/v1'.length)}
    >
      <td class="is-tight">
        <input type="checkbox" class="select" aria-label={`Select ${escapeHidden(resource.name)}`} />
      </td>
      <th scope="row">
        <a class="name-link" href={pageOf(resource)} title={resource.name.length > LONG_NAME ? resource.name : undefined}>
          <Icon name={icon} />
          <span>{escapeHidden(resource.name)}</span>
        </a>
        {alerts.length === 0 ? null : <Badge tone="danger">{alerts.length === 1 ? 'Alert on' : `${alerts.length} alerts on`}</Badge>}
      </th>
      <td class="kind is-muted" data-label="Kind">
        {name}
      </td>
      {hasValues ? (
        <td class="newest" data-label="Newest">
          {status === undefined ? <Newest entry={entry} alerts={alerts} system={system} /> : <ControllerState status={status} now={now} />}
        </td>
      ) : null}
      {hasSizes ? (
        <td class="is-number is-muted is-nowrap" data-label="Size">
          {size === undefined ? null : formatBytes(size)}
        </td>
      ) : null}
      <td class="when is-muted is-nowrap" data-label="When">
        {time === undefined ? null : <Age time={time} now={now} />}
      </td>
    </tr>
  )
}

/** As the controller's own page has it. */
const ControllerState = ({ status, now }: { status: ControllerStatus; now: Micros }) => (
  <span class="controller-state">
    <StateBadge status={status} />
    {status.connected || status.last_heard_timestamp === null ? null : (
      <span>
        , heard <AgeOf timestamp={status.last_heard_timestamp} now={now} />
      </span>
    )}
  </span>
)

interface NewestProps {
  entry: FolderEntry
  alerts: readonly ActiveAlert[]
  system: UnitSystem | undefined
}

const Newest = ({ entry: { resource, value, time }, alerts, system }: NewestProps) => {
  const { sequence } = resource
  if (sequence === undefined) return null
  if (isImageSequence(resource))
    return time === undefined ? null : (
      <img class="thumbnail" src={`${apiOf(resource)}/thumbnail-240-x`} alt="" width="48" height="36" loading="lazy" />
    )
  const isNumeric = sequence.dataType === NUMERIC
  return (
    <span class={alerts.length === 0 ? 'newest-value' : 'newest-value is-alert'}>
      {isNumeric ? (
        <svg class="sparkline" viewBox="0 0 120 28" preserveAspectRatio="none" aria-hidden="true" data-trend={resource.id}></svg>
      ) : null}
      <span
        class={isNumeric ? 'value is-number' : 'value is-text'}
        data-value
        data-decimals={sequence.decimalPlaces}
        data-units={isNumeric ? sequence.units : undefined}
        data-numeric={isNumeric ? '' : undefined}
      >
        {value === undefined
          ? '–'
          : isNumeric
            ? showNumber(Number(value), { decimals: sequence.decimalPlaces, units: sequence.units }, system)
            : formatValue(value)}
      </span>
      {alerts.length === 0 ? null : (
        <span class="why">{alerts.map(({ condition }) => shownCondition(condition, sequence, system)).join(', ')}</span>
      )}
    </span>
  )
}
