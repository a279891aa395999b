/** Names that old settings files may hold and that mean nothing here. */
import type { Setting } from './setting.ts'

const ignored = {
  kind: 'ignored',
  group: 'Names of old that mean nothing here',
  meaning: 'Accepted and ignored, with a line in the log.',
} as const satisfies Setting

export const ignoredNames = {
  CSRF_ENABLED: ignored,
  CSRF_SESSION_KEY: ignored,
  DATABASE_CONNECT_OPTIONS: ignored,
  DISCLAIMER: ignored,
  DOC_FILE_PREFIX: ignored,
  ENABLE_OLD_MESSAGING: ignored,
  MESSAGE_TOKEN_SALT: ignored,
  MESSAGING_LOG_PATH: ignored,
  SQLALCHEMY_TRACK_MODIFICATIONS: ignored,
  THREADS_PER_PAGE: ignored,
  USE_SYSTEM_CSS: ignored,
} as const satisfies Record<string, Setting>
