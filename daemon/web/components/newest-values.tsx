/** Newest values of sequences, each with its trend: the same markup as client/dashboard/tiles/values.ts makes. */
import type { Micros } from '../../../src/base/time.ts'
import type { UnitSystem } from '../../../src/base/units.ts'
import type { NewestValue } from '../../../src/wire/dashboard-answers.ts'
import { pageOf } from '../links.ts'
import { shownCondition } from '../shared/alert-words.ts'
import { formatValue } from '../shared/format.ts'
import { showNumber } from '../shared/shown-value.ts'
import { outlineOf, SPARK_HEIGHT, SPARK_WIDTH } from '../shared/sparkline.ts'
import { Age } from './basics.tsx'

export const NewestValues = ({
  values,
  now,
  system,
}: {
  values: readonly NewestValue[]
  now: Micros
  /** What the visitor wants to see values in. */
  system: UnitSystem | undefined
}) => (
  <ul class="newest-list is-page">
    {values.map(({ path, name, type, units, decimals, newest, alert, trend }) => (
      <li class={alert === undefined ? undefined : 'is-alert'}>
        <a href={pageOf(path)} title={path}>
          {name}
        </a>
        <svg class="sparkline" viewBox={`0 0 ${SPARK_WIDTH} ${SPARK_HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {trend && trend.values.length > 1 ? <path d={outlineOf(trend.times, trend.values)} /> : null}
        </svg>
        <span class={type === 'numeric' ? 'newest-text is-number' : 'newest-text'}>
          {newest === undefined
            ? '–'
            : type === 'numeric'
              ? showNumber(Number(newest.text), { decimals, units }, system)
              : formatValue(newest.text)}
        </span>
        <span class="newest-foot">{newest === undefined ? 'no value yet' : <Age time={newest.time} now={now} />}</span>
        {alert === undefined ? null : <span class="why">{shownCondition(alert, { units }, system)}</span>}
      </li>
    ))}
  </ul>
)
