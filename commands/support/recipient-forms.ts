/** How recipients are written, for help. */
export const RECIPIENT_FORMS =
  'e-mail addresses, phone numbers, URLs, ntfy:TOPIC, telegram:CHAT, slack:NAME, teams:NAME, pushover:KEY, push:USER, ' +
  'ext:EXTENSION:ADDRESS (docs/alarms.md)'
