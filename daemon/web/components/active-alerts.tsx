/** Alerts that are on, above what they are about; and why alarms reach nobody. */
import type { ActiveAlert } from '../../../src/watching/active-alerts.ts'
import type { Unreachable } from '../../../src/watching/watch-warnings.ts'
import type { Micros } from '../../../src/base/time.ts'
import type { UnitSystem } from '../../../src/base/units.ts'
import { pathOf } from '../../../src/tree/tree.ts'
import type { SentTest } from '../../../src/wire/answers.ts'
import { describeTest } from '../../../src/notifications/trials.ts'
import { pageOf } from '../links.ts'
import { shownCondition } from '../shared/alert-words.ts'
import { formatCount } from '../shared/format.ts'
import { Age, Notice } from './basics.tsx'

/** Alerts that are listed; the others are counted. */
const MAX_SHOWN = 10
const MAX_PATHS = 3

/** Nothing when none is on. */
export const ActiveAlerts = ({
  alerts,
  now,
  system,
}: {
  alerts: readonly ActiveAlert[]
  now: Micros
  /** What the visitor wants to see values in. */
  system: UnitSystem | undefined
}) =>
  alerts.length === 0 ? null : (
    <Notice tone="danger">
      <strong>{alerts.length === 1 ? 'An alert is on' : `${formatCount(alerts.length)} alerts are on`}</strong>
      <ul class="active-alerts">
        {byUrgency(alerts).map(({ resource, condition, since, mutedUntil, isAcknowledged }) => (
          <li>
            <a href={pageOf(resource, 'alerts')}>{pathOf(resource)}</a> is {shownCondition(condition, resource.sequence, system)}
            {since === undefined ? null : (
              <>
                ; it began <Age time={since} now={now} />
              </>
            )}
            {isAcknowledged ? <span class="note"> (somebody is on it)</span> : null}
            {mutedUntil === undefined ? null : <span class="note"> (muted)</span>}
          </li>
        ))}
      </ul>
      <p>
        {alerts.length > MAX_SHOWN ? `And ${formatCount(alerts.length - MAX_SHOWN)} more. ` : ''}
        <a href="/-/alerts">All alerts</a>
      </p>
    </Notice>
  )

/** First those of which nobody takes care. */
const byUrgency = (alerts: readonly ActiveAlert[]): ActiveAlert[] =>
  [...alerts]
    .sort((a, b) => Number(a.isAcknowledged || a.mutedUntil !== undefined) - Number(b.isAcknowledged || b.mutedUntil !== undefined))
    .slice(0, MAX_SHOWN)

/** For those who can do something about it. */
export const UnreachableNotice = ({ unreachable }: { unreachable: readonly Unreachable[] }) =>
  unreachable.length === 0 ? null : (
    <Notice tone="warning">
      {unreachable.map(({ reason, resources }) => (
        <p>
          <strong>Alarms that reach nobody:</strong> {reason} That concerns {resources.slice(0, MAX_PATHS).map(pathOf).join(', ')}
          {resources.length > MAX_PATHS ? ` and ${formatCount(resources.length - MAX_PATHS)} more` : ''}.
        </p>
      ))}
    </Notice>
  )

/** Why recipients can't be told now; nothing when they can. */
export const Warnings = ({ warnings }: { warnings: readonly string[] }) =>
  warnings.length === 0 ? null : (
    <Notice tone="warning">
      {warnings.map((warning) => (
        <p>{warning}</p>
      ))}
    </Notice>
  )

/** What came of tests. */
export const TestResults = ({ results }: { results: readonly SentTest[] }) => (
  <Notice tone={results.every(({ state }) => state === 'sent') ? 'success' : 'warning'}>
    {results.map((result) => (
      <p>{describeTest(result)}</p>
    ))}
  </Notice>
)
