/** Pages that say what went wrong, and what to do about it. */
import { httpStatusOf, type Fault, type FaultCode } from '../../src/base/fault.ts'
import { Icon, type IconName } from './components/icons.tsx'
import { safeNext, signInPage } from './links.ts'
import type { Page } from './page.ts'
import type { Visitor } from './visitor.ts'

const TITLES: Readonly<Record<FaultCode, readonly [title: string, icon: IconName]>> = {
  invalid: ['That request does not work', 'warning'],
  unauthenticated: ['That did not sign you in', 'lock'],
  forbidden: ['You may not go there', 'lock'],
  not_found: ['There is nothing here', 'search'],
  conflict: ['Somebody was there first', 'warning'],
  too_large: ['That is too large', 'warning'],
  throttled: ['Too often', 'clock'],
  busy: ['The server is busy', 'clock'],
  internal: ['Something broke', 'warning'],
}

export function showFault(fault: Fault, visitor: Visitor, url: string): Page {
  const [title, icon] = TITLES[fault.code]
  const status = httpStatusOf[fault.code]
  return {
    title,
    status,
    ...(fault.retryAfter === undefined ? {} : { headers: { 'retry-after': String(fault.retryAfter) } }),
    content: (
      <div class="error-page">
        <Icon name={icon} class="is-huge" />
        <p class="error-status">{status}</p>
        <h1>{title}</h1>
        <p class="error-message">{fault.message}</p>
        <p>{adviceOn(fault.code, visitor)}</p>
        <p class="actions is-centred">
          <a class="button is-primary" href="/">
            Go home
          </a>
          {visitor.user === undefined ? (
            <a class="button" href={signInPage(url)}>
              Sign in
            </a>
          ) : (
            <a class="button" href="/search">
              Search
            </a>
          )}
          {fault.code === 'busy' || fault.code === 'throttled' || fault.code === 'internal' ? (
            <a class="button" href={safeNext(url)}>
              Try again
            </a>
          ) : null}
        </p>
      </div>
    ),
  }
}

function adviceOn(code: FaultCode, { user }: Visitor): string {
  switch (code) {
    case 'forbidden':
      return user
        ? 'Ask an admin of the organization to let you in: they set who may read and change each folder.'
        : 'Sign in first; then you see what your account may see.'
    case 'not_found':
      return (
        'It may have been moved, renamed or deleted. An admin can bring back what was deleted from a folder; the search finds ' +
        'what was moved.'
      )
    case 'internal':
      return 'It is not your fault. Give the number above to the person who looks after this server: its log says more under it.'
    case 'busy':
      return 'Nothing was changed. Wait a moment, then try again.'
    case 'throttled':
      return 'Wait for the time that the message names; trying meanwhile does not help.'
    default:
      return 'Go back, correct it and try again. What you typed is usually still there.'
  }
}
