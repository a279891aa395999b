/** Routes for alert rules of sequences and controllers. */
import { listAlerts } from '../../src/watching/alert-list.ts'
import { createAlert, findAlert, removeAlert, requireTarget, updateAlert } from '../../src/watching/alert-changes.ts'
import { parseAlertRule } from '../../src/attributes/alert-rules.ts'
import { ALERT_KINDS } from '../../src/wire/alerts.ts'
import { MAX_FIRINGS, tryAlert } from '../../src/watching/alert-trial.ts'
import { parseJson } from '../../src/base/json.ts'
import { requireResource } from '../../src/tree/finding.ts'
import { requireRead } from '../../src/tree/permissions.ts'
import { sendTestsFor } from '../../src/watching/watch-tests.ts'
import { warningsOfRule } from '../../src/watching/watch-warnings.ts'
import { warningsField } from './warnings.ts'
import { anything, number, required, text, timestamp, truth } from './parameters.ts'
import { route, type Route } from './route.ts'

const ruleParameters = {
  kind: text(
    'What it is on: values above or below a limit or outside two; a value that rises or falls fast or stands still; silence. ' +
      'Controllers and image sequences have `silent` only, text sequences also `unchanged`.',
    { choices: ALERT_KINDS },
  ),
  value: number('The limit, of `above` and `below`.'),
  within_seconds: number('Of `rising` and `falling`: within how long the value rises or falls by more than `value`.', { min: 10 }),
  schedule: anything(
    'Of `above`, `below` and `outside`: other limits at times, on the clock of the organization, a list of texts such as ' +
      '`22:00-06:00 = -12`, `sat,sun = off`; of `outside` `mon-fri 8:00-18:00 = 2:10`. The first that fits counts.',
    { schema: { type: 'array', items: { type: 'string' } } },
  ),
  low: number('The least value that is fine, of `outside`.'),
  high: number('The greatest value that is fine, of `outside`.'),
  pattern: text(
    'Of a folder: which sequences in it, those that come later too, by their path below it. `*` stands for anything within a name, ' +
      '`**` for any number of levels: `*/temperature`, `**`.',
    { max: 200 },
  ),
  hysteresis: number('How far back past the limit a value must come to be fine again.', { min: 0 }),
  for_seconds: number('How long values must be beyond the limit without a break; of `unchanged` and `silent`, how long that may last.', {
    min: 0,
  }),
  quiet_seconds: number('After a start was told, the next is told no sooner than this; 600 unless given.', { min: 60 }),
  recipients: anything(
    'Whom to tell: a list, or text with commas, of e-mail addresses, phone numbers, http(s) URLs, ntfy:TOPIC, telegram:CHAT, slack:NAME, ' +
      'teams:NAME, pushover:KEY, push:USER and ext:EXTENSION:ADDRESS.',
    {
      schema: { type: 'array', items: { type: 'string' } },
    },
  ),
  escalate_after_seconds: anything(
    'Who is in `escalate_to` is told, too, when nobody has said within so many seconds after the start was told that they take care.',
    { schema: { type: 'number', minimum: 60 } },
  ),
  escalate_to: anything('The second group, as `recipients`; an empty list ends the escalation.', {
    schema: { type: 'array', items: { type: 'string' } },
  }),
  note: truth('True: it writes a note when it comes on, over the stretch for which it is on.'),
  tell_acknowledgement: truth('True: when somebody takes care of it, the others who were told of it hear that, once.'),
}

const enabled = truth('False: the rule is kept, and nobody follows it until it is true again.')
const place = required(text('A sequence, a controller, or a folder (with `pattern`).', { max: 2_000 }))
const nameOfRule = text('The name of the rule, unlike others of the same resource; made from its condition unless given.', { max: 60 })

export function createAlertRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/alerts',
      tag: 'Alerts',
      summary: 'Alert rules and whether they are on',
      parameters: { path: text('A sequence, a controller, or a folder with such; everywhere when missing.', { max: 2_000 }) },
      reply: { type: 'array', items: { type: 'object' } },
      handle: async ({ ctx, actor, parameters: { path = '' } }) =>
        listAlerts(ctx, actor, path === '' || path === '/' ? undefined : requireResource(ctx, actor, path)),
    }),
    route({
      method: 'POST',
      path: '/api/v1/alerts',
      tag: 'Alerts',
      summary: 'Have people told when values are not as they should be, or stay away',
      description: 'Each start is told once, and each end. Rules are kept in the system attribute `alerts` of the resource.',
      parameters: { path: place, name: nameOfRule, ...ruleParameters, enabled },
      handle: async ({ ctx, actor, parameters: { path, ...given } }) => {
        const rule = await createAlert(ctx, actor, requireResource(ctx, actor, path), fieldsOf(given))
        return { status: 'ok', ...rule.fields, ...warningsField(warningsOfRule(ctx, rule)) }
      },
    }),
    route({
      method: 'PUT',
      path: '/api/v1/alerts',
      tag: 'Alerts',
      summary: 'Change a rule',
      description:
        'What is not given stays. A rule that is on stays on, and is not told again, unless its condition is another. A name ' +
        'that was made from the condition is made again; the answer has it.',
      parameters: {
        path: place,
        name: required(text('The name that it has.', { max: 60 })),
        new_name: text('Another name.', { max: 60 }),
        ...ruleParameters,
        enabled,
      },
      handle: async ({ ctx, actor, parameters: { path, name, new_name: newName, ...given } }) => {
        const rule = await updateAlert(ctx, actor, requireResource(ctx, actor, path), name, {
          ...fieldsOf(given),
          ...(newName === undefined ? {} : { name: newName }),
        })
        return { status: 'ok', ...rule.fields, ...warningsField(warningsOfRule(ctx, rule)) }
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/alerts/test',
      tag: 'Alerts',
      summary: 'Send a test message to those who would be told, and say what came of it',
      description:
        'With `path`, by a user who may change it: to `recipients`, or else to all that its alerts and its watchdog tell. Without ' +
        "`path`: to the caller's own address. Waits for the first attempt, for 15 seconds at most; `state` is `sent` only if the " +
        "recipient's server took it.",
      parameters: { path: text('A sequence or a controller.', { max: 2_000 }), recipients: ruleParameters.recipients },
      handle: async ({ ctx, actor, parameters: { path, recipients } }) => ({
        status: 'ok',
        results: await sendTestsFor(
          ctx,
          actor,
          path === undefined ? undefined : requireResource(ctx, actor, path),
          fieldsOf({ recipients })['recipients'],
        ),
      }),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/alerts',
      tag: 'Alerts',
      summary: 'Remove a rule',
      parameters: { path: place, name: required(nameOfRule) },
      handle: async ({ ctx, actor, parameters: { path, name } }) => removeAlert(ctx, actor, requireResource(ctx, actor, path), name),
    }),
    route({
      method: 'GET',
      path: '/api/v1/alerts/test',
      tag: 'Alerts',
      summary: 'When a rule would have been on, by the values that are stored',
      description:
        `Of an existing rule by its name, or of one that is only tried, given by its fields. \`count\` times in all; the first ` +
        `${MAX_FIRINGS} are listed.`,
      parameters: {
        path: place,
        name: nameOfRule,
        ...ruleParameters,
        start_timestamp: timestamp('From this time on.'),
        end_timestamp: timestamp('Up to this time.'),
      },
      handle: async ({ ctx, actor, outgoing, parameters: { path, start_timestamp: start, end_timestamp: end, ...given } }) => {
        const sequence = requireResource(ctx, actor, path)
        requireRead(ctx, actor, sequence)
        const rule =
          given.kind === undefined && given.name !== undefined
            ? findAlert(ctx, actor, sequence, given.name)
            : parseAlertRule(fieldsOf(given), requireTarget(sequence), 'alert', false)
        return tryAlert(ctx, actor, sequence, rule, { start, end }, () => outgoing.destroyed)
      },
    }),
  ]
}

/** The fields that are given; a form sends the list of recipients as JSON text. */
function fieldsOf({ recipients, escalate_to: second, schedule, ...given }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const all = {
    ...given,
    recipients: listOf(recipients, 'recipients'),
    escalate_to: listOf(second, 'escalate_to'),
    schedule: listOf(schedule, 'schedule'),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

const listOf = (value: unknown, name: string): unknown =>
  typeof value === 'string' && value.trimStart().startsWith('[') ? parseJson(value, name) : value
