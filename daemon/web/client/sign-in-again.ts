/** Asks for the password in a dialog when the session has ended, so that what is being edited is kept. */
import { make } from './dom.ts'

let asking: Promise<string | undefined> | undefined

/** @returns the new session's CSRF token; undefined when the user cancelled */
export function signInAgain(): Promise<string | undefined> {
  asking ??= ask().finally(() => (asking = undefined))
  return asking
}

function ask(): Promise<string | undefined> {
  const user = make('input', { id: 'again-user', name: 'user', autocomplete: 'username', required: '', maxlength: '200' })
  const password = make('input', {
    id: 'again-password',
    name: 'password',
    type: 'password',
    autocomplete: 'current-password',
    required: '',
  })
  const code = make('input', { id: 'again-code', name: 'code', autocomplete: 'one-time-code', maxlength: '40' })
  const codeField = make(
    'div',
    { class: 'field', hidden: '' },
    make('label', { for: 'again-code' }, 'Code of your authenticator app, or a recovery code'),
    code,
  )
  const problem = make('p', { class: 'hint', role: 'alert' })
  const cancel = make('button', { type: 'button', class: 'button' }, 'Not now')
  const form = make(
    'form',
    { class: 'form' },
    make('p', {}, 'Your session has ended. Sign in again: nothing that you typed is lost.'),
    make('div', { class: 'field' }, make('label', { for: 'again-user' }, 'E-mail address or user name'), user),
    make('div', { class: 'field' }, make('label', { for: 'again-password' }, 'Password'), password),
    codeField,
    problem,
    make('div', { class: 'actions' }, cancel, make('button', { type: 'submit', class: 'button is-primary' }, 'Sign in')),
  )
  const dialog = make('dialog', { class: 'dialog', 'aria-label': 'Sign in again' }, form)
  document.body.append(dialog)
  dialog.showModal()
  return new Promise((resolve) => {
    let token: string | undefined
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(token)
    })
    cancel.addEventListener('click', () => dialog.close())
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      problem.textContent = ''
      void signIn(user.value, password.value, code.value).then(
        (csrfToken) => {
          token = csrfToken
          dialog.close()
        },
        (error: unknown) => {
          problem.textContent = error instanceof Error ? error.message : String(error)
          if (!(error instanceof CodeNeeded)) return
          codeField.hidden = false
          code.focus()
        },
      )
    })
  })
}

/** The password is right, and the account has a second factor. */
class CodeNeeded extends Error {}

async function signIn(user: string, password: string, code: string): Promise<string> {
  const response = await fetch('/api/v1/sessions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user, password, ...(code === '' ? {} : { code }) }),
    credentials: 'same-origin',
  })
  const { message, needs, csrf_token: token } = (await response.json()) as { message?: string; needs?: string; csrf_token?: string }
  if (needs === 'code') throw new CodeNeeded(message)
  if (token === undefined) throw new Error(message ?? 'That did not sign you in.')
  return token
}
