/** The condition of an alert on the command line. */
import type { Command, OptionValues } from '@commander-js/extra-typings'
import type { AlertCondition } from '../../src/client/types.ts'
import { invalid } from '../../src/base/fault.ts'
import { durationOption, optionalDuration } from '../support/duration-option.ts'
import { requireNumber } from '../support/session.ts'

const KINDS = ['above', 'below', 'outside', 'rising', 'falling', 'unchanged', 'silent'] as const

/** Adds the options that say when an alert is on. */
export const addConditionOptions = <A extends unknown[]>(command: Command<A, Record<never, never>, OptionValues>) =>
  command
    .option('--above <value>', 'on while values are above this')
    .option('--below <value>', 'on while values are below this')
    .option('--outside <low:high>', 'on while values are below the one or above the other')
    .option('--rising <value>', 'on when values rise by more than this within the time of --within')
    .option('--falling <value>', 'on when values fall by more than this within the time of --within')
    .option('--within <duration>', 'of --rising and --falling: within how long')
    .option(
      '--at-times <limits...>',
      'other limits at times, on the clock of the organization: "22:00-06:00 = -12" "sat,sun = off"; the first that fits counts',
    )
    .option('--unchanged <duration>', 'on when the value stands still for so long')
    .option('--silent <duration>', 'on when nothing comes for so long')
    .option('--for <duration>', 'values must be beyond the limit for so long without a break')
    .option('--hysteresis <value>', 'a value must come back past the limit by so much to be fine again')

export type ConditionOptions = ReturnType<ReturnType<typeof addConditionOptions<[]>>['opts']>

/**
 * The condition that the options describe; undefined when they name none. @throws Fault invalid for several conditions, or options that
 * don't go together
 */
export function conditionOf(options: ConditionOptions): AlertCondition | undefined {
  const given = KINDS.filter((kind) => options[kind] !== undefined)
  const [kind] = given
  if (given.length > 1) throw invalid(`--${given.join(' and --')} are alerts of their own: create them one by one.`)
  const isRate = kind === 'rising' || kind === 'falling'
  if (kind !== undefined && isRate !== (options.within !== undefined))
    throw invalid(isRate ? `--${kind} needs --within: by more than that within how long?` : '--within is for --rising and --falling.')
  const rest = {
    schedule: options.atTimes,
    for_seconds: optionalDuration(options.for, '--for'),
    hysteresis: options.hysteresis === undefined ? undefined : requireNumber(options.hysteresis, '--hysteresis', { least: 0 }),
  }
  if (kind === undefined) return undefined
  const text = options[kind] ?? ''
  if (kind === 'unchanged' || kind === 'silent') {
    if (rest.for_seconds !== undefined || rest.hysteresis !== undefined || rest.schedule !== undefined)
      throw invalid(`--for, --hysteresis and --at-times are for values beyond limits; --${kind} has its duration already.`)
    return { kind, for_seconds: durationOption(text, `--${kind}`) }
  }
  if (isRate)
    return { kind, value: requireNumber(text, `--${kind}`), within_seconds: optionalDuration(options.within, '--within'), ...rest }
  if (kind !== 'outside') return { kind, value: requireNumber(text, `--${kind}`), ...rest }
  const [low, high, more] = text.split(':')
  if (low === undefined || high === undefined || more !== undefined)
    throw invalid(`--outside must be LOW:HIGH, such as 2:8, not ${JSON.stringify(text)}.`)
  return { kind, low: requireNumber(low, '--outside'), high: requireNumber(high, '--outside'), ...rest }
}
