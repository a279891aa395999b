/** What the permissions mean for a subject, and which records are the reason. */
import type { Explanation } from '../../../../src/people/permission-report.ts'
import { READ, WRITE } from '../../../../src/tree/permissions.ts'
import { pathOf, type Resource } from '../../../../src/tree/tree.ts'
import { pageOf } from '../../links.ts'
import { beginWith, ChoiceField, levelText, type Choice } from './access-table.tsx'

export const CheckForm = ({ action, choices, chosen }: { action: string; choices: readonly Choice[]; chosen: string | undefined }) => (
  <form class="inline-form is-wide" method="get" action={action.split('?', 1)[0]}>
    <input type="hidden" name="view" value="permissions" />
    <ChoiceField
      label="Somebody"
      name="who"
      choices={choices.map(({ value, text, subject, group }) => ({ value, text: subject ?? text, group }))}
      chosen={chosen}
    />
    <button type="submit" class="button">
      Show
    </button>
  </form>
)

export const Verdict = ({ resource, explanation }: { resource: Resource; explanation: Explanation }) => {
  const { type, name, level, isSystemAdmin, reasons } = explanation
  const tone = level >= WRITE ? 'success' : level >= READ ? 'info' : 'warning'
  return (
    <div class={`notice is-${tone}`} role="status" id="verdict">
      <div>
        <p>
          <strong>{beginWith({ type, name })}</strong> may{' '}
          {level >= READ ? <strong>{levelText(level)}</strong> : <strong>neither read nor change</strong>} {pathOf(resource)}.
        </p>
        {isSystemAdmin ? (
          <p>They are an admin of the whole server, who may do everything.</p>
        ) : (
          <Reasons resource={resource} explanation={explanation} />
        )}
        {isSystemAdmin || reasons.length > 0 ? null : <p>No line is about them.</p>}
      </div>
    </div>
  )
}

const Reasons = ({ resource, explanation: { reasons, level } }: { resource: Resource; explanation: Explanation }) => (
  <ul class="reasons">
    {reasons.map((reason) => (
      <li>
        {reason.party.name}: {levelText(reason.level)},{' '}
        {reason.from === resource ? 'set here' : <a href={pageOf(reason.from, 'permissions')}>inherited from {pathOf(reason.from)}</a>}
        {reasons.length > 1 && reason.level === level ? ' — this counts' : ''}
      </li>
    ))}
  </ul>
)
