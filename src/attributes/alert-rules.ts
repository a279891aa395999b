/** Alert rules, as stored in the system attribute `alerts` of sequences and controllers. Seconds outside, microseconds inside. */
import { formatDuration } from '../base/duration.ts'
import { invalid } from '../base/fault.ts'
import { isObject } from '../base/json.ts'
import { parseSchedule, type ScheduledLimits } from './alert-schedule.ts'
import { patternProblem } from '../base/path-pattern.ts'
import { nameProblem, newNameProblem, quote } from '../base/path.ts'
import { IMAGE, NUMERIC, type DataType } from '../wire/resource-types.ts'
import { DAY, MINUTE, SECOND, type Micros } from '../base/time.ts'
import { parseWatchRecipients } from './watch-recipients.ts'
import { ALERT_KINDS, type AlertFields, type AlertKind } from '../wire/alerts.ts'

export interface AlertRule {
  readonly name: string
  readonly kind: AlertKind
  /** Of a folder's rule: which sequences in it, by their path below it. */
  readonly pattern: string | undefined
  /** Alerts beyond `low` or `high`; -Infinity and Infinity where there is no such limit. */
  readonly low: number
  readonly high: number
  readonly hysteresis: number
  /** Of `rising` and `falling`: by how much within how long; otherwise undefined. */
  readonly change: { readonly by: number; readonly within: Micros } | undefined
  /** Limits at other times; undefined: there are none. */
  readonly schedule: readonly ScheduledLimits[] | undefined
  readonly hold: Micros
  readonly quiet: Micros
  readonly recipients: readonly string[]
  readonly isEnabled: boolean
  /** Who is told when nobody has said within that time after the start was told that they take care of it. */
  readonly escalation: { readonly after: Micros; readonly recipients: readonly string[] } | undefined
  /** It writes a note over the stretch for which it is on. */
  readonly writesNote: boolean
  /** The others who were told hear that somebody takes care of it. */
  readonly tellsCare: boolean
  readonly fields: Readonly<AlertFields>
}

/** What rules apply to: a sequence of a type, or a controller. */
export type AlertTarget = DataType | 'controller' | 'folder'

/** Maximum number of rules of one resource. */
export const MAX_RULES = 10
const MAX_NAME = 60
const MAX_HOLD = 30 * DAY
const MIN_SILENCE = 10 * SECOND
const MAX_SILENCE = 366 * DAY
const MIN_QUIET = MINUTE
const DEFAULT_QUIET = 10 * MINUTE
const MAX_QUIET = 30 * DAY
const MAX_WITHIN = 7 * DAY
const MIN_ESCALATION = MINUTE
const MAX_ESCALATION = 30 * DAY

/** The kinds of rules that a target can have. */
export const kindsFor = (target: AlertTarget): readonly AlertKind[] =>
  target === 'controller' || target === IMAGE
    ? ['silent']
    : target === NUMERIC || target === 'folder'
      ? ALERT_KINDS
      : ['unchanged', 'silent']

/**
 * Parses all rules of a resource, as a client gives them.
 * @throws Fault invalid naming the rule and the field
 */
export function parseAlertRules(value: unknown, target: AlertTarget): AlertRule[] {
  if (!Array.isArray(value)) throw invalid('alerts must be a list of rules.')
  if (value.length > MAX_RULES) throw invalid(`alerts has ${value.length} rules; at most ${MAX_RULES} are allowed.`)
  const rules = value.map((rule: unknown, at) => parseAlertRule(rule, target, `alerts[${at}]`))
  const names = new Set(rules.map(({ name }) => name))
  if (names.size !== rules.length) throw invalid('alerts: two rules have the same name.')
  return rules
}

/** Reads stored rules, leaving out those that are not valid; undefined when none are. */
export function readAlertRules(value: unknown, target: AlertTarget): readonly AlertRule[] | undefined {
  if (!Array.isArray(value)) return undefined
  const rules: AlertRule[] = []
  for (const rule of value.slice(0, MAX_RULES) as unknown[]) {
    try {
      rules.push(parseAlertRule(rule, target, 'alerts'))
    } catch {
      // Not a valid rule: an old server's program may have stored something else under this name.
    }
  }
  return rules.length > 0 ? rules : undefined
}

/**
 * Parses one rule; a missing name and quiet time get their defaults.
 * @param needsRecipients false for a rule that is only tried
 * @throws Fault invalid naming the field
 */
export function parseAlertRule(given: unknown, target: AlertTarget, field = 'alert', needsRecipients = true): AlertRule {
  if (!isObject(given)) throw invalid(`${field} must be an object with kind and recipients.`)
  const kind = ALERT_KINDS.find((one) => one === given['kind'])
  const pattern = patternOf(given['pattern'], target, field)
  const kinds = kindsFor(pattern === undefined ? target : 'folder')
  if (kind === undefined || !kinds.includes(kind))
    throw invalid(`${field}: kind is ${quote(String(JSON.stringify(given['kind'])))}; allowed here: ${kinds.join(', ')}.`)
  const limits = limitsOf(kind, given, field)
  const isTimed = kind === 'unchanged' || kind === 'silent'
  const hold = seconds(
    given['for_seconds'],
    `${field}: for_seconds`,
    isTimed ? { least: MIN_SILENCE, most: MAX_SILENCE } : { least: 0, most: MAX_HOLD, otherwise: 0 },
  )
  const quiet = seconds(given['quiet_seconds'], `${field}: quiet_seconds`, { least: MIN_QUIET, most: MAX_QUIET, otherwise: DEFAULT_QUIET })
  const schedule = scheduleOf(kind, given['schedule'], field)
  const recipients = parseWatchRecipients(given['recipients'] ?? [], `${field}: recipients`)
  if (needsRecipients && recipients.length === 0) throw invalid(`${field}: recipients is missing or empty: who should get the message?`)
  const isEnabled = given['enabled'] ?? true
  if (typeof isEnabled !== 'boolean')
    throw invalid(`${field}: enabled must be true or false, found ${quote(String(JSON.stringify(isEnabled)))}.`)
  const name = nameOf(given['name'], field) ?? defaultName(kind, limits, hold)
  const unknown = Object.keys(given).find((key) => !FIELDS.has(key))
  if (unknown !== undefined) throw invalid(`${field}: there is no ${quote(unknown)} in a rule; there are ${[...FIELDS].join(', ')}.`)
  const escalation = escalationOf(given, field)
  const [writesNote, tellsCare] = [
    isChosen(given['note'], `${field}: note`),
    isChosen(given['tell_acknowledgement'], `${field}: tell_acknowledgement`),
  ]
  const fields = {
    ...{
      name,
      kind,
      ...(pattern === undefined ? {} : { pattern }),
      ...limits,
      ...(schedule ? { schedule: schedule.texts } : {}),
      for_seconds: hold / SECOND,
      quiet_seconds: quiet / SECOND,
      recipients,
      enabled: isEnabled,
    },
    ...(escalation ? { escalate_after_seconds: escalation.after / SECOND, escalate_to: escalation.recipients } : {}),
    ...(writesNote ? { note: true as const } : {}),
    ...(tellsCare ? { tell_acknowledgement: true as const } : {}),
  }
  const { value, low, high, hysteresis = 0, within_seconds: within } = limits
  return {
    name,
    kind,
    pattern,
    low: (kind === 'below' ? value : low) ?? Number.NEGATIVE_INFINITY,
    high: (kind === 'above' ? value : high) ?? Number.POSITIVE_INFINITY,
    hysteresis,
    change: within === undefined || value === undefined ? undefined : { by: value, within: within * SECOND },
    schedule: schedule?.entries,
    hold,
    quiet,
    recipients,
    isEnabled,
    escalation,
    writesNote,
    tellsCare,
    fields,
  }
}

/** A list of texts, or text with semicolons between. */
function scheduleOf(kind: AlertKind, given: unknown, field: string): { texts: string[]; entries: ScheduledLimits[] } | undefined {
  if (isNothing(given)) return undefined
  const list: unknown = typeof given === 'string' ? given.split(';') : given
  if (!Array.isArray(list) || !list.every((one): one is string => typeof one === 'string'))
    throw invalid(`${field}: schedule must be a list of texts such as "22:00-06:00 = -12".`)
  const texts = list.map((one) => one.trim()).filter((one) => one !== '')
  if (texts.length === 0) return undefined
  if (kind !== 'above' && kind !== 'below' && kind !== 'outside')
    throw invalid(`${field}: schedule is for limits of values (above, below, outside).`)
  return { texts, entries: parseSchedule(texts, kind, `${field}: schedule`) }
}

function patternOf(given: unknown, target: AlertTarget, field: string): string | undefined {
  if (isNothing(given)) {
    if (target !== 'folder') return undefined
    throw invalid(
      `${field}: pattern is missing: for which sequences in the folder? ** stands for all, */temperature for one in each folder.`,
    )
  }
  if (target !== 'folder' && target !== 'controller') throw invalid(`${field}: pattern is for rules of folders.`)
  if (typeof given !== 'string') throw invalid(`${field}: pattern must be text.`)
  const problem = patternProblem(given)
  if (problem !== undefined) throw invalid(`${field}: pattern is ${problem}: ${quote(given)}`)
  return given
}

const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)

/** Off unless given. */
function isChosen(given: unknown, field: string): boolean {
  if (given === undefined || given === null) return false
  if (typeof given === 'boolean') return given
  throw invalid(`${field} must be true or false, found ${quote(String(JSON.stringify(given)))}.`)
}

/** Nothing, or an empty list, ends an escalation that there was. */
function escalationOf(given: Record<string, unknown>, field: string): { after: Micros; recipients: string[] } | undefined {
  const { escalate_after_seconds: after, escalate_to: to } = given
  if (isNothing(to)) {
    if (isNothing(after)) return undefined
    throw invalid(`${field}: escalate_to is missing: who is told when nobody takes care within ${String(after)} seconds?`)
  }
  const recipients = parseWatchRecipients(to, `${field}: escalate_to`)
  if (isNothing(after)) throw invalid(`${field}: escalate_after_seconds is missing: how long is it waited before escalate_to is told?`)
  return { after: seconds(after, `${field}: escalate_after_seconds`, { least: MIN_ESCALATION, most: MAX_ESCALATION }), recipients }
}

/**
 * Changes some fields of a rule. Fields that are not given keep their value, and a name that was derived from the condition is derived
 * again.
 * @throws Fault invalid naming the field
 */
export function changeAlertRule(rule: AlertRule, given: Readonly<Record<string, unknown>>, target: AlertTarget): AlertRule {
  const { name, schedule, ...fields } = rule.fields
  // Limits of another kind would not fit.
  const isSameKind = given['kind'] === undefined || given['kind'] === rule.kind
  return parseAlertRule(
    { ...fields, ...(schedule && isSameKind ? { schedule } : {}), ...(isNameMade(rule) ? {} : { name }), ...given },
    target,
  )
}

/** A rule of an earlier version may have a name that a new one may not. @throws Fault invalid */
export function requireNewAlertName({ name }: Pick<AlertRule, 'name'>, field = 'alert'): void {
  const problem = newNameProblem(name)
  if (problem !== undefined) throw invalid(`${field}: name ${problem}: ${quote(name)}`)
}

/** Whether the rule's name is derived from its condition. */
export const isNameMade = ({ name, kind, fields, hold }: AlertRule): boolean => name === defaultName(kind, fields, hold)

const FIELDS = new Set([
  ...['name', 'kind', 'value', 'low', 'high', 'hysteresis', 'for_seconds', 'quiet_seconds', 'recipients', 'enabled'],
  ...['escalate_after_seconds', 'escalate_to', 'pattern', 'within_seconds', 'schedule', 'note', 'tell_acknowledgement'],
])

type Limits = Pick<AlertFields, 'value' | 'low' | 'high' | 'hysteresis' | 'within_seconds'>

function limitsOf(kind: AlertKind, given: Record<string, unknown>, field: string): Limits {
  if (kind === 'unchanged' || kind === 'silent') return {}
  const hysteresis = given['hysteresis'] === undefined ? 0 : number(given['hysteresis'], `${field}: hysteresis`)
  if (hysteresis < 0) throw invalid(`${field}: hysteresis is ${hysteresis}; allowed: 0 and more.`)
  if (kind === 'rising' || kind === 'falling') {
    const value = number(given['value'], `${field}: value`)
    if (value <= 0) throw invalid(`${field}: value is ${value}; it is by how much a value is ${kind}: more than 0.`)
    const within = seconds(given['within_seconds'], `${field}: within_seconds`, { least: MIN_SILENCE, most: MAX_WITHIN })
    return { value, within_seconds: within / SECOND, hysteresis }
  }
  if (kind !== 'outside') return { value: number(given['value'], `${field}: value`), hysteresis }
  const [low, high] = [number(given['low'], `${field}: low`), number(given['high'], `${field}: high`)]
  if (low > high) throw invalid(`${field}: low is ${low}, above high, which is ${high}.`)
  if (low + hysteresis > high - hysteresis)
    throw invalid(`${field}: hysteresis is ${hysteresis}: it leaves nothing between low and high that would be fine again.`)
  return { low, high, hysteresis }
}

function number(value: unknown, field: string): number {
  const parsed = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof parsed !== 'number' || !Number.isFinite(parsed))
    throw invalid(`${field} must be a number, found ${value === undefined ? 'nothing' : quote(String(JSON.stringify(value)))}.`)
  return parsed
}

function seconds(value: unknown, field: string, { least, most, otherwise }: { least: Micros; most: Micros; otherwise?: Micros }): Micros {
  if ((value === undefined || value === null || value === '') && otherwise !== undefined) return otherwise
  const micros = Math.round(number(value, field) * SECOND)
  if (micros < least || micros > most) throw invalid(`${field} is ${micros / SECOND}; allowed: ${least / SECOND} to ${most / SECOND}.`)
  return micros
}

function nameOf(value: unknown, field: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string') throw invalid(`${field}: name must be text.`)
  const problem = nameProblem(value) ?? (value.length > MAX_NAME ? `is longer than ${MAX_NAME} characters` : undefined)
  if (problem !== undefined) throw invalid(`${field}: name ${problem}: ${quote(value)}`)
  return value
}

function defaultName(kind: AlertKind, { value, low, high, within_seconds: within }: Limits, hold: Micros): string {
  if (within !== undefined) return `${kind} ${value} in ${formatDuration(within * SECOND)}`
  if (kind === 'outside') return `outside ${low}..${high}`
  return value === undefined ? `${kind} ${formatDuration(hold)}` : `${kind} ${value}`
}

/** The condition of a rule, as part of a sentence: `above 8 for 5m`. */
export function describeRule({ kind, fields, hold }: AlertRule): string {
  if (kind === 'unchanged' || kind === 'silent') return `${kind} for ${formatDuration(hold)}`
  const within = formatDuration((fields.within_seconds ?? 0) * SECOND)
  const limit =
    kind === 'outside'
      ? `${fields.low} to ${fields.high}`
      : kind === 'rising' || kind === 'falling'
        ? `by more than ${fields.value} within ${within}`
        : String(fields.value)
  return `${kind} ${limit}${hold > 0 ? ` for ${formatDuration(hold)}` : ''}${fields.schedule ? ', with other limits at times' : ''}`
}
