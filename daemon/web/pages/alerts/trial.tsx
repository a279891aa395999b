/** How often a rule would have been on lately, shown before it is saved. */
import type { AlertRule } from '../../../../src/attributes/alert-rules.ts'
import { tryAlert, type Firing, type Trial } from '../../../../src/watching/alert-trial.ts'
import { DAY, parseTimestamp } from '../../../../src/base/time.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import type { PageRequest } from '../../page.ts'
import { formatCount, formatTime, formatValue } from '../../shared/format.ts'

const SPAN = 7 * DAY
/** How many of the times are listed. */
const MAX_SHOWN = 5

/** @throws Fault forbidden */
export const tryLately = ({ ctx, actor, incoming }: PageRequest, sequence: Resource, rule: AlertRule): Promise<Trial> =>
  tryAlert(ctx, actor, sequence, rule, { start: ctx.clock.now() - SPAN }, () => incoming.socket.destroyed)

const times = (count: number): string => (count === 1 ? 'once' : `${formatCount(count)} times`)

export const TrialResult = ({ trial: { values, count, firings }, sequence }: { trial: Trial; sequence: Resource }) => {
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
          <li>{describe(firing, sequence)}</li>
        ))}
      </ul>
      {count > MAX_SHOWN ? <p class="note">And {times(count - MAX_SHOWN)} more. A longer time, or a hysteresis, makes it fewer.</p> : null}
    </>
  )
}

function describe({ start_timestamp: start, end_timestamp: end, value }: Firing, { sequence }: Resource): string {
  const reading =
    value === null || value === '' ? '' : `, at ${formatValue(value, { decimals: sequence?.decimalPlaces, units: sequence?.units })}`
  return `${timeOf(start)} to ${end === null ? 'now' : timeOf(end)}${reading}`
}

const timeOf = (timestamp: string): string => `${formatTime((parseTimestamp(timestamp) ?? 0) / 1000)} UTC`
