/** `?view=groups`: the lines of a text sequence, grouped by how they begin. */
import { listActiveAlerts } from '../../../../src/watching/active-alerts.ts'
import { requireRead } from '../../../../src/tree/permissions.ts'
import { summarizeValues } from '../../../../src/sequences/text-summary.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import { Empty, Select } from '../../components/basics.tsx'
import { pageOf } from '../../links.ts'
import type { Page, PageRequest } from '../../page.ts'
import { formatCount } from '../../shared/format.ts'
import { levelOf } from '../../shared/log-level.ts'
import { frameSequence, readNewestOf } from './sequence-frame.tsx'
import { LogActions, LogTabs } from './log.tsx'
import { MAX_SEARCH } from './log-lines.ts'

const PREFIXES = [5, 10, 20, 40, 80]
const COUNTS = [1_000, 10_000, 100_000]
/** Maximum number of groups on the page; more would not be a summary. */
const MAX_GROUPS = 500
/** Maximum length of a group's beginning that is shown, in characters. */
const MAX_PREFIX = 160

export async function showGroups(request: PageRequest, sequence: Resource): Promise<Page> {
  const { ctx, actor, query } = request
  requireRead(ctx, actor, sequence)
  const prefix = PREFIXES.find((length) => String(length) === query['prefix']) ?? 20
  const count = COUNTS.find((one) => String(one) === query['count']) ?? 10_000
  const groups = await summarizeValues(ctx, actor, sequence, { order: 'descending', limit: count }, prefix)
  return frameSequence(request, sequence, {
    alerts: await listActiveAlerts(request.ctx, request.actor, sequence),
    newest: await readNewestOf(request, sequence),
    crumb: 'Grouped',
    script: 'sequence-groups',
    state: {},
    actions: <LogActions sequence={sequence} text="" />,
    content: (
      <>
        <LogTabs sequence={sequence} view="groups" />
        <form class="inline-form is-narrow no-print" method="get">
          <input type="hidden" name="view" value="groups" />
          <Select
            label="Lines that share their first"
            name="prefix"
            value={String(prefix)}
            options={PREFIXES.map((length) => [String(length), `${length} characters`] as const)}
          />
          <Select
            label="Among the newest"
            name="count"
            value={String(count)}
            options={COUNTS.map((one) => [String(one), `${formatCount(one)} lines`] as const)}
          />
          <button type="submit" class="button">
            Group
          </button>
        </form>
        {groups.length === 0 ? <Empty icon="text" title="Nothing was logged yet" /> : <Groups sequence={sequence} groups={groups} />}
      </>
    ),
  })
}

const Groups = ({ sequence, groups }: { sequence: Resource; groups: readonly (readonly [prefix: string, count: number])[] }) => (
  <>
    <div class="table-frame">
      <table class="table groups">
        <thead>
          <tr>
            <th scope="col" class="is-end">
              Lines
            </th>
            <th scope="col">What they have in common</th>
          </tr>
        </thead>
        <tbody>
          {groups.slice(0, MAX_GROUPS).map(([prefix, count]) => (
            <tr>
              <td class="is-number is-tight">{formatCount(count)}</td>
              <td class={`log-line is-${levelOf(prefix)}`}>
                <a href={pageOf(sequence, undefined, { text: prefix.slice(0, MAX_SEARCH) })}>
                  {prefix === '' ? '(empty)' : prefix.slice(0, MAX_PREFIX)}
                  {count > 1 || prefix.length > MAX_PREFIX ? '…' : ''}
                </a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
    {groups.length > MAX_GROUPS ? (
      <p class="note">{formatCount(groups.length - MAX_GROUPS)} more groups are not shown: let them share fewer characters.</p>
    ) : null}
  </>
)
