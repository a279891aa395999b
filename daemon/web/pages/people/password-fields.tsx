/** The fields for a new password, typed twice. */
import { invalid } from '../../../../src/base/fault.ts'
import { MIN_PASSWORD_LENGTH } from '../../../../src/people/passwords.ts'
import { Field } from '../../components/basics.tsx'
import type { Fields } from '../../page.ts'

export const NewPasswordFields = () => (
  <div class="field-row">
    <Field
      label="New password"
      name="password"
      type="password"
      autocomplete="new-password"
      required
      minlength={MIN_PASSWORD_LENGTH}
      maxlength={1000}
      hint={`At least ${MIN_PASSWORD_LENGTH} characters.`}
    />
    <Field
      label="Repeat the password"
      name="repeated"
      type="password"
      autocomplete="new-password"
      required
      minlength={MIN_PASSWORD_LENGTH}
      maxlength={1000}
    />
  </div>
)

/** @throws Fault invalid when the two differ */
export function requireSameTwice(form: Fields): string {
  const password = form['password'] ?? ''
  if (password !== (form['repeated'] ?? '')) throw invalid('The new password was not typed the same twice.')
  return password
}
