/** What leaves the machine: mail, text messages and webhooks. */
import type { Setting } from './setting.ts'

export const outgoing = {
  OUTGOING_EMAIL_ADDRESS: {
    group: 'Mail, texts and webhooks',
    kind: 'text',
    pattern: /^[^\s@]+@[^\s@]+$/,
    allowed: 'an e-mail address',
    meaning: 'The sender of mail.',
    example: 'lab@example.com',
  },
  OUTGOING_EMAIL_SERVER: {
    group: 'Mail, texts and webhooks',
    kind: 'text',
    meaning: 'The SMTP server. Without it, and the sender, no mail is sent.',
    example: 'smtp.example.com',
  },
  OUTGOING_EMAIL_PORT: {
    group: 'Mail, texts and webhooks',
    kind: 'number',
    minimum: 1,
    maximum: 65535,
    default: 587,
    meaning: 'The port of the SMTP server: 587 as a rule, 465 for OUTGOING_EMAIL_SECURITY tls.',
  },
  OUTGOING_EMAIL_SECURITY: {
    group: 'Mail, texts and webhooks',
    kind: 'choice',
    choices: ['starttls', 'tls', 'plain'],
    default: 'starttls',
    meaning:
      'starttls: encrypts before anything else, or does not send; tls: encrypted from the first byte; plain: for a server on ' +
      'this machine or in a trusted network.',
  },
  OUTGOING_EMAIL_CA_FILE: {
    group: 'Mail, texts and webhooks',
    kind: 'text',
    meaning:
      "The certificate (PEM) of the authority that signed the SMTP server's, where that is none of the well-known ones; " +
      'relative to the settings file.',
  },
  OUTGOING_EMAIL_USER_NAME: {
    group: 'Mail, texts and webhooks',
    kind: 'text',
    meaning: 'The user at the SMTP server; without it there is no login.',
  },
  OUTGOING_EMAIL_PASSWORD: { group: 'Mail, texts and webhooks', kind: 'secret', meaning: 'The password at the SMTP server.' },
  TEXT_FROM_PHONE_NUMBER: {
    group: 'Mail, texts and webhooks',
    kind: 'text',
    meaning: 'The sender of text messages, a number of the Twilio account.',
    example: "'+15551234567'",
  },
  TWILIO_ACCOUNT_SID: {
    group: 'Mail, texts and webhooks',
    kind: 'text',
    pattern: /^[A-Za-z0-9]+$/,
    allowed: 'letters and digits',
    meaning: 'The Twilio account that sends text messages. Without it, its token and the sender, none are sent.',
  },
  TWILIO_AUTH_TOKEN: { group: 'Mail, texts and webhooks', kind: 'secret', meaning: 'The Twilio token.' },
  TWILIO_API_URL: {
    group: 'Mail, texts and webhooks',
    kind: 'text',
    pattern: /^https?:\/\/\S+$/,
    allowed: 'an http or https URL',
    default: 'https://api.twilio.com',
    meaning: 'Where the Twilio API is.',
  },
  WEBHOOK_SECRET: {
    group: 'Mail, texts and webhooks',
    kind: 'secret',
    minimum: 16,
    generated: 'optional',
    meaning: 'Signs webhooks, so that their receivers know them to be from here (docs/api.md). Without it they are sent unsigned.',
  },
  WEBHOOK_HOSTS: {
    group: 'Mail, texts and webhooks',
    kind: 'list',
    default: [],
    meaning: 'The only hosts (host, or host:port) that webhooks may go to; empty: any but this machine, those of the own network too.',
    example: '[hooks.example.com, "homeassistant.local:8123"]',
  },
  NTFY_URL: {
    group: 'Push and chat services',
    kind: 'text',
    pattern: /^https?:\/\/\S+$/,
    allowed: 'an http or https URL',
    default: 'https://ntfy.sh',
    meaning: 'The ntfy server, for recipients such as ntfy:TOPIC. Whoever knows a topic can read it: choose one that nobody guesses.',
  },
  NTFY_TOKEN: { group: 'Push and chat services', kind: 'secret', meaning: 'The access token of ntfy, for topics that are protected.' },
  TELEGRAM_BOT_TOKEN: {
    group: 'Push and chat services',
    kind: 'secret',
    meaning: 'The token of a bot that @BotFather made, for recipients such as telegram:NUMBER. People write to the bot once, first.',
  },
  TELEGRAM_API_URL: {
    group: 'Push and chat services',
    kind: 'text',
    pattern: /^https?:\/\/\S+$/,
    allowed: 'an http or https URL',
    default: 'https://api.telegram.org',
    meaning: 'Where the Telegram API is.',
  },
  SLACK_WEBHOOKS: {
    group: 'Push and chat services',
    kind: 'secret',
    meaning:
      'Incoming webhooks of Slack as NAME=URL, several with spaces between, for recipients such as slack:NAME. Their URLs are as good ' +
      'as passwords.',
  },
  TEAMS_WEBHOOKS: {
    group: 'Push and chat services',
    kind: 'secret',
    meaning: 'Workflows of Microsoft Teams that post what a webhook brings, as NAME=URL, several with spaces between: teams:NAME.',
  },
  PUSHOVER_TOKEN: {
    group: 'Push and chat services',
    kind: 'secret',
    meaning: 'The API token of an application at Pushover, for recipients such as pushover:USERKEY.',
  },
  PUSHOVER_API_URL: {
    group: 'Push and chat services',
    kind: 'text',
    pattern: /^https?:\/\/\S+$/,
    allowed: 'an http or https URL',
    default: 'https://api.pushover.net',
    meaning: 'Where the Pushover API is.',
  },
  NOTIFICATION_RETENTION: {
    group: 'Mail, texts and webhooks',
    kind: 'number',
    minimum: 1,
    maximum: 36_500,
    unit: 'days',
    default: 90,
    meaning: 'How long the record of a mail, text or webhook that was sent, failed or held is kept.',
  },
} as const satisfies Record<string, Setting>
