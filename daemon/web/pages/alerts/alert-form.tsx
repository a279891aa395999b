/** The form of a rule; only the fields of its kind are shown (styles/alerts.css). */
import type { Child, PropsWithChildren } from 'hono/jsx'
import { shownUnits } from '../../../../src/base/units.ts'
import { kindsFor, type AlertTarget } from '../../../../src/attributes/alert-rules.ts'
import type { AlertKind } from '../../../../src/wire/alerts.ts'
import type { SentTest } from '../../../../src/wire/answers.ts'
import { TestResults, Warnings } from '../../components/active-alerts.tsx'
import { Field, Select } from '../../components/basics.tsx'
import { FormFields } from '../../components/forms.tsx'
import type { Fields } from '../../page.ts'
import { showUnits } from '../../shared/format.ts'
import type { Visitor } from '../../visitor.ts'
import { LABELS, TELL, type Problems } from './alert-fields.ts'

interface AlertFormProps {
  visitor: Visitor
  target: AlertTarget
  units: string | undefined
  action: string
  /** Target of the link that cancels. */
  back: string
  typed: Fields
  problems: Problems
  tellable: readonly string[]
  /** Why recipients can't be told now. */
  warnings: readonly string[]
  /** What came of a test, if one was sent. */
  tests: readonly SentTest[] | undefined
  /** The result of a trial; undefined: the rule can't be tried. */
  trial: Child | undefined
}

const TEXTS: Readonly<Record<AlertKind, string>> = {
  above: 'a value is above a limit',
  below: 'a value is below a limit',
  outside: 'a value is outside two limits',
  rising: 'a value rises fast',
  falling: 'a value falls fast',
  unchanged: 'the value stands still',
  silent: 'no value comes',
}

export const AlertForm = ({ visitor, target, units, action, back, typed, problems, tellable, warnings, tests, trial }: AlertFormProps) => {
  const kinds = kindsFor(target)
  const hasLimits = kinds.includes('above')
  const first = Object.keys(problems)[0]
  const field = (name: string) => ({ name, value: typed[name], problem: problems[name], autofocus: first === name, autocomplete: 'off' })
  const unit = units === undefined || units === '' ? '' : ` (${showUnits(units)})`
  const shown = shownUnits(visitor.units, { units })
  const number = { type: 'number', step: 'any', inputmode: 'decimal' } as const
  return (
    <form class="form alert-form" method="post" action={action} id="alert-form" novalidate>
      <FormFields visitor={visitor} hidden={kinds.length === 1 ? { kind: kinds[0] ?? '' } : {}} />
      {target === 'folder' ? (
        <Field
          label={LABELS.pattern}
          {...field('pattern')}
          maxlength={200}
          placeholder="*/temperature"
          hint="Paths below this folder, of those that come later too. * stands for anything within a name, ** for any number of levels."
        />
      ) : null}
      {kinds.length === 1 ? (
        <p>
          {target === 'controller'
            ? 'It is on when nothing is heard from this controller, no message of any kind, for too long.'
            : 'It is on when no image comes for too long.'}
        </p>
      ) : (
        <Select label={LABELS.kind} {...field('kind')} options={kinds.map((kind) => [kind, TEXTS[kind]] as const)} />
      )}
      {hasLimits ? (
        <>
          {shown.conversion === undefined ? null : (
            <p class="note">
              Limits are in {showUnits(units ?? '')}, as the values are stored; other pages show you {showUnits(shown.units ?? '')}.
            </p>
          )}
          <div class="is-for-one-limit">
            <Field label={LABELS.value + unit} {...number} {...field('value')} />
          </div>
          <div class="field-row is-for-changes">
            <Field label={LABELS.change + unit} {...number} min={0} {...field('change')} />
            <Field label={LABELS.within} {...field('within')} maxlength={20} placeholder="10m" />
          </div>
          <div class="field-row is-for-two-limits">
            <Field label={LABELS.low + unit} {...number} {...field('low')} />
            <Field label={LABELS.high + unit} {...number} {...field('high')} />
          </div>
        </>
      ) : null}
      <div class="field-row">
        <Field
          label={LABELS.hold}
          {...field('hold')}
          maxlength={20}
          placeholder={hasLimits ? '5m' : '30m'}
          hint={
            <>
              {hasLimits ? (
                <span class="is-for-limits">
                  Values must be beyond the limit for so long without a break: 90s, 5m, 2h. If left empty: one value is enough.{' '}
                </span>
              ) : null}
              <span class="is-for-time">How long it may last before somebody is told: 90s, 30m, 2h.</span>
            </>
          }
        />
        {hasLimits ? (
          <div class="is-for-limits">
            <Field
              label={LABELS.hysteresis + unit}
              {...number}
              min={0}
              {...field('hysteresis')}
              hint="How far back past the limit a value must come to be fine again. If left empty: not at all."
            />
          </div>
        ) : null}
      </div>
      {hasLimits ? (
        <div class="is-for-schedule">
          <Field
            label={LABELS.schedule}
            {...field('schedule')}
            maxlength={1_000}
            placeholder="22:00-06:00 = -12; sat,sun = off"
            hint="On the clock of the organization, with semicolons between; the first that fits counts. If empty: it always holds."
          />
        </div>
      ) : null}
      <Recipients typed={typed} problems={problems} tellable={tellable} isFirst={first === 'others'} />
      <Warnings warnings={warnings} />
      {tests === undefined ? null : <TestResults results={tests} />}
      <div class="field-row">
        <Field
          label={LABELS.escalate}
          {...field('escalate')}
          maxlength={20}
          placeholder="15m"
          hint="People say “I’m on it” on the page of all alerts."
        />
        <Field
          label={LABELS.second}
          {...field('second')}
          maxlength={4_000}
          placeholder="boss@example.com"
          hint="The second group. If left empty: there is none."
        />
      </div>
      <div class="field-row">
        <Field
          label={LABELS.quiet}
          {...field('quiet')}
          maxlength={20}
          placeholder="10m"
          hint="After a message about one start, the next comes no sooner than this. If left empty: 10 minutes."
        />
        <Field label={LABELS.name} {...field('name')} maxlength={60} hint="If left empty: made from when it is on." />
      </div>
      <Check name="enabled" typed={typed}>
        Turned on
      </Check>
      <Check name="note" typed={typed}>
        Write a note over the time for which it is on
      </Check>
      <Check name="care" typed={typed}>
        Tell the others when somebody says “I’m on it”
      </Check>
      {trial === undefined ? null : (
        <section id="trial" class="trial" aria-live="polite" aria-label="Trial">
          {trial}
        </section>
      )}
      <div class="actions">
        <button type="submit" class="button is-primary" name="act" value="save">
          Save
        </button>
        {trial === undefined ? null : (
          <button type="submit" class="button" name="act" value="try" id="try">
            Try it
          </button>
        )}
        <button type="submit" class="button" name="act" value="send-test">
          Send a test
        </button>
        <a class="button is-quiet" href={back}>
          Cancel
        </a>
      </div>
    </form>
  )
}

const Check = ({ name, typed, children }: PropsWithChildren<{ name: string; typed: Fields }>) => (
  <label class="check">
    <input type="checkbox" name={name} value="1" checked={typed[name] !== undefined} />
    <span>{children}</span>
  </label>
)

const Recipients = ({
  typed,
  problems,
  tellable,
  isFirst,
}: Pick<AlertFormProps, 'typed' | 'problems' | 'tellable'> & { isFirst: boolean }) => (
  <fieldset class="field">
    <legend>Who gets the message</legend>
    {tellable.length === 0 ? null : (
      <div class="checks">
        {tellable.map((address) => (
          <Check name={TELL + address} typed={typed}>
            {address.startsWith('push:') ? `Devices of ${address.slice(5)} (web push)` : address}
          </Check>
        ))}
      </div>
    )}
    <Field
      label={tellable.length === 0 ? 'Recipients' : 'Others'}
      name="others"
      value={typed['others']}
      problem={problems['others']}
      autofocus={isFirst}
      maxlength={4_000}
      autocomplete="off"
      placeholder="ann@example.com, +15551234567"
      hint={
        'E-mail addresses, phone numbers, URLs, ntfy:TOPIC, telegram:CHAT, slack:NAME, teams:NAME, pushover:KEY, ' +
        'push:USER, ext:EXTENSION:ADDRESS; 10 at most.'
      }
    />
  </fieldset>
)
