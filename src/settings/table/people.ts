/** People and their sessions, what counts as a sign of life, secrets, and the web site. */
import type { Setting } from './setting.ts'

export const people = {
  SESSION_LIFETIME: {
    group: 'People',
    kind: 'number',
    minimum: 60,
    maximum: 31_536_000,
    unit: 'seconds',
    default: 2_592_000,
    meaning: 'How long a signed-in browser stays signed in without being used.',
  },
  SESSION_MAX_LIFETIME: {
    group: 'People',
    kind: 'number',
    minimum: 60,
    maximum: 315_360_000,
    unit: 'seconds',
    default: 7_776_000,
    meaning: 'How long after signing in a browser has to sign in again, however much it is used.',
  },
  AUDIT_DAYS: {
    group: 'People',
    kind: 'number',
    minimum: 1,
    maximum: 36_500,
    unit: 'days',
    default: 400,
    meaning: 'How long the audit trail (who did what, from where) is kept. It holds network addresses.',
  },
  ORGANIZATION_SIGN_UP: {
    group: 'People',
    kind: 'flag',
    default: false,
    meaning: 'True lets anybody make an organization of their own here, after an e-mail with a code has reached them.',
  },
  LINK_MAX_DAYS: {
    group: 'People',
    kind: 'number',
    minimum: 0,
    maximum: 3_650,
    unit: 'days',
    default: 365,
    meaning:
      'How long a secret link, by which people without an account read, may be valid at most; 0: there are none, and those that were ' +
      'made show nothing. An admin of an organization can turn them off for it.',
  },
  SIGN_IN_ATTEMPTS: {
    group: 'People',
    kind: 'number',
    minimum: 1,
    maximum: 1_000,
    unit: 'in 15 minutes',
    default: 10,
    meaning: 'Failed sign-ins for one account before it is throttled; ten times as many for one address.',
  },
  KEY_PREFIX: {
    group: 'People',
    kind: 'text',
    pattern: /^[A-Z0-9]{0,20}$/,
    allowed: 'up to 20 characters of A–Z and 0–9',
    default: 'RHIZO',
    meaning: 'What new secret keys begin with.',
  },
  WATCHDOG_COUNTS: {
    group: 'Watching',
    kind: 'choice',
    choices: ['watchdog', 'any'],
    default: 'watchdog',
    meaning:
      'What shows that a watched controller is alive. watchdog: its watchdog messages, as on old servers (of one that never ' +
      "sent any, all messages); any: whatever it sends. A controller's attribute watchdog_counts wins.",
  },
  SALT: {
    group: 'Secrets',
    kind: 'secret',
    minimum: 16,
    generated: true,
    meaning: 'Goes into the hashes of keys: losing it makes all keys worthless.',
  },
  SECRET_KEY: { group: 'Secrets', kind: 'secret', minimum: 16, generated: true, meaning: 'Signs CSRF tokens.' },
  EXTRA_NAV_ITEMS: {
    group: 'Pages',
    kind: 'list',
    default: [],
    meaning:
      'More entries for the navigation of the web site: a list of objects with the name that people see and a url, which ' +
      'begins with / or http.',
    example: '[{name: Handbook, url: /lab/handbook.md}]',
  },
} as const satisfies Record<string, Setting>
