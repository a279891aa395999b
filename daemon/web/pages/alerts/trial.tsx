/** How often a rule would have been on lately, shown before it is saved. */
import type { AlertRule } from '../../../../src/attributes/alert-rules.ts'
import { tryAlert } from '../../../../src/watching/alert-trial.ts'
import type { AlertFiring, AlertTrial } from '../../../../src/wire/answers.ts'
import { DAY } from '../../../../src/base/time.ts'
import { pathOf, type Resource } from '../../../../src/tree/tree.ts'
import type { PageRequest } from '../../page.ts'
import { formatCount, formatValue } from '../../shared/format.ts'
import { timeOfPlace } from './history-card.tsx'

const SPAN = 7 * DAY
/** How many of the times are listed. */
const MAX_SHOWN = 5

/** @throws Fault forbidden */
export const tryLately = ({ ctx, actor, incoming }: PageRequest, sequence: Resource, rule: AlertRule): Promise<AlertTrial> =>
  tryAlert(ctx, actor, sequence, rule, { start: ctx.clock.now() - SPAN }, () => incoming.socket.destroyed)

const times = (count: number): string => (count === 1 ? 'once' : `${formatCount(count)} times`)

interface TrialProps {
  request: PageRequest
  trial: AlertTrial
  sequence: Resource
}

export const TrialResult = ({ request, trial: { values, count, firings }, sequence }: TrialProps) => {
  const told = firings.filter(({ told: isTold }) => isTold).length
  const looked =
    values === 0
      ? 'There are no values of the last week.'
      : `By the ${values === 1 ? 'one value' : `${formatCount(values)} values`} of the last week.`
  if (count === 0)
    return <p>{values === 0 ? `${looked} It can’t be tried yet.` : `It would not have been on in the last week. ${looked}`}</p>
  return (
    <>
      <p>
        <strong>
          It would have been on {times(count)} in the last week{told < firings.length ? `, and told of ${formatCount(told)}` : ''}.
        </strong>{' '}
        {looked}
      </p>
      <ul>
        {firings.slice(0, MAX_SHOWN).map((firing) => (
          <li>{describe(request, firing, sequence)}</li>
        ))}
      </ul>
      {count > MAX_SHOWN ? <p class="note">And {times(count - MAX_SHOWN)} more. A longer time, or a hysteresis, makes it fewer.</p> : null}
    </>
  )
}

function describe(request: PageRequest, { start_timestamp: start, end_timestamp: end, value }: AlertFiring, resource: Resource): string {
  const timeOf = (timestamp: string): string => timeOfPlace(request, pathOf(resource), timestamp)
  return `${timeOf(start)} to ${end === null ? 'now' : timeOf(end)}${readingOf(value, resource)}`
}

/** In the units in which the form has its limits. */
const readingOf = (value: AlertFiring['value'], { sequence }: Resource): string =>
  value === null || value === '' ? '' : `, at ${formatValue(value, { decimals: sequence?.decimalPlaces, units: sequence?.units })}`
