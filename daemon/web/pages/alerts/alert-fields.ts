/** Converts between the fields of the form and those of a rule. */
import { isNameMade, kindsFor, type AlertRule, type AlertTarget } from '../../../../src/attributes/alert-rules.ts'
import { DURATION_FORMS, formatDuration, parseDuration } from '../../../../src/base/duration.ts'
import type { Fault } from '../../../../src/base/fault.ts'
import { quote } from '../../../../src/base/path.ts'
import { SECOND } from '../../../../src/base/time.ts'
import type { Fields } from '../../page.ts'

/** What is wrong, by the name of the field. */
export type Problems = Readonly<Record<string, string | undefined>>

export interface ReadForm {
  /** Fields as the verbs take them. */
  readonly fields: Record<string, unknown>
  readonly problems: Record<string, string>
}

/** Labels of the form's fields. */
export const LABELS = {
  kind: 'It is on when',
  value: 'Limit',
  low: 'Least that is fine',
  high: 'Most that is fine',
  hysteresis: 'Hysteresis',
  hold: 'For how long',
  quiet: 'Quiet for',
  change: 'By more than',
  within: 'Within',
  schedule: 'At other times',
  pattern: 'Which sequences',
  escalate: 'When nobody is on it after',
  second: 'Also send to',
  name: 'Name',
} as const satisfies Readonly<Record<string, string>>

/** The checkbox of each recipient is named by this prefix and the address. */
export const TELL = 'to:'

/** Finds everything that is wrong at once, as far as the form can tell; the verb checks the rest. */
export function readAlertForm(form: Fields, target: AlertTarget): ReadForm {
  const problems: Record<string, string> = {}
  const kinds = kindsFor(target)
  const kind = kinds.length === 1 ? kinds[0] : form['kind']
  const text = (name: string): string => form[name]?.trim() ?? ''
  const number = (name: string, isNeeded: boolean): string | undefined => {
    const given = text(name)
    if (given === '' && isNeeded) problems[name] = 'A number is missing.'
    if (given !== '' && !Number.isFinite(Number(given))) problems[name] = `${quote(given)} is not a number.`
    return given === '' ? undefined : given
  }
  const seconds = (name: string, missing?: string): number | undefined => {
    const given = text(name)
    if (given === '' && missing !== undefined) problems[name] = missing
    const duration = given === '' ? undefined : parseDuration(given)
    if (given !== '' && duration === undefined) problems[name] = `${quote(given)} is not a length of time. Write ${DURATION_FORMS}.`
    return duration === undefined ? undefined : duration / SECOND
  }
  const isTimed = kind === 'unchanged' || kind === 'silent'
  const limits = isTimed
    ? {}
    : {
        ...(kind === 'rising' || kind === 'falling'
          ? { value: number('change', true), within_seconds: seconds('within', 'Within how long? Such as 10m.') }
          : { schedule: text('schedule') }),
        ...(kind === 'outside'
          ? { low: number('low', true), high: number('high', true) }
          : kind === 'above' || kind === 'below'
            ? { value: number('value', true) }
            : {}),
        hysteresis: number('hysteresis', false) ?? 0,
      }
  const recipients = recipientsOf(form)
  const fields = {
    name: text('name'),
    kind,
    ...limits,
    for_seconds: seconds('hold', isTimed ? 'How long may that last? Such as 30m.' : undefined) ?? 0,
    quiet_seconds: seconds('quiet') ?? '',
    recipients,
    escalate_after_seconds: seconds('escalate') ?? '',
    escalate_to: text('second'),
    ...(target === 'folder' ? { pattern: text('pattern') } : {}),
    enabled: form['enabled'] !== undefined,
    note: form['note'] !== undefined,
    tell_acknowledgement: form['care'] !== undefined,
  }
  if (target === 'folder' && text('pattern') === '')
    problems['pattern'] = 'Say which: ** stands for all, */temperature for one in each folder.'
  if (text('second') !== '' && text('escalate') === '') problems['escalate'] = 'After how long? Such as 15m.'
  if (recipients.length === 0) problems['others'] = 'Whom should it tell? Choose or name somebody.'
  return { fields, problems }
}

/** Those that are chosen or typed. */
export function recipientsOf(form: Fields): string[] {
  const chosen = Object.keys(form)
    .filter((name) => name.startsWith(TELL))
    .map((name) => name.slice(TELL.length))
  return [...new Set([...chosen, ...(form['others'] ?? '').split(',').map((one) => one.trim())])].filter((one) => one !== '')
}

/** The second group, as typed. */
export const secondOf = (form: Fields): string[] =>
  (form['second'] ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')

const PLACES: Readonly<Record<string, string>> = {
  kind: 'kind',
  value: 'value',
  within_seconds: 'within',
  schedule: 'schedule',
  low: 'low',
  high: 'high',
  hysteresis: 'hysteresis',
  for_seconds: 'hold',
  quiet_seconds: 'quiet',
  recipients: 'others',
  escalate_after_seconds: 'escalate',
  escalate_to: 'second',
  pattern: 'pattern',
  name: 'name',
}

/** The field that a verb's refusal is about; empty if it concerns the whole form. */
export function problemsOf({ code, message }: Fault): Problems {
  if (code === 'conflict') return { name: message }
  const [, field = '', rest = ''] = /^alert: (\w+)(.*)$/s.exec(message) ?? []
  const place = PLACES[field]
  return place === undefined ? {} : { [place]: `${NAMES[field] ?? field}${rest}` }
}

/** Names in the form of fields that the verbs name differently. */
const NAMES: Readonly<Record<string, string>> = {
  for_seconds: 'The time in seconds',
  quiet_seconds: 'The time in seconds',
  recipients: 'Whom to tell',
  schedule: 'The limits at times',
  within_seconds: 'The time in seconds',
  escalate_after_seconds: 'The time in seconds',
  escalate_to: 'The second group',
}

/** The form's fields for a rule. @param tellable addresses that have a checkbox of their own */
export function formOf(rule: AlertRule, tellable: readonly string[]): Fields {
  const { fields, hold, quiet, recipients, isEnabled, name, escalation, pattern } = rule
  const numbers = Object.entries({
    [rule.change ? 'change' : 'value']: fields.value,
    low: fields.low,
    high: fields.high,
    hysteresis: fields.hysteresis || undefined,
  }).flatMap(([field, value]) => (value === undefined ? [] : [[field, String(value)] as const]))
  return {
    kind: fields.kind,
    ...Object.fromEntries(numbers),
    hold: hold === 0 ? '' : formatDuration(hold),
    quiet: formatDuration(quiet),
    name: isNameMade(rule) ? '' : name,
    pattern: pattern ?? '',
    within: rule.change ? formatDuration(rule.change.within) : '',
    schedule: fields.schedule?.join('; ') ?? '',
    escalate: escalation ? formatDuration(escalation.after) : '',
    second: escalation?.recipients.join(', ') ?? '',
    ...(isEnabled ? { enabled: '1' } : {}),
    ...(rule.writesNote ? { note: '1' } : {}),
    ...(rule.tellsCare ? { care: '1' } : {}),
    ...Object.fromEntries(recipients.filter((one) => tellable.includes(one)).map((one) => [TELL + one, '1'])),
    others: recipients.filter((one) => !tellable.includes(one)).join(', '),
  }
}
