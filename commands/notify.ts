/** `rhizo notify`: mail, text messages and webhooks that the server sends. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '../src/client/client.ts'
import type { NotificationRecord } from '../src/wire/answers.ts'
import { PartlyFailed } from './support/exit-code.ts'
import { action, optionalCount, requireNumber, type CommandGroup } from './support/session.ts'
import { optionalTime, TIME_FORMS } from './support/time-option.ts'

const POLL_MS = 250
const DEFAULT_WAIT = 60

export function define(program: CommandGroup): void {
  const notify = program.command('notify').description('Mail, text messages and webhooks that the server sends. For system administrators.')

  notify
    .command('test')
    .description('Send a message and say what became of the first attempt. The exit code is 1 unless the recipient has it.')
    .argument(
      '<recipient>',
      'an e-mail address, a phone number, an http(s) URL, ntfy:TOPIC, telegram:CHAT, slack:NAME, teams:NAME, ' +
        'pushover:KEY, push:USER or ext:EXTENSION:ADDRESS',
    )
    .option('--subject <text>', 'what to send instead of a sentence that says it is a test')
    .option('--body <text>', 'as --subject')
    .option('--wait <seconds>', `how long to wait for the attempt to end (${DEFAULT_WAIT})`)
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo notify test ann@example.com\n  rhizo notify test +15551234567\n' +
        '  rhizo notify test https://hooks.example.com/lab',
    )
    .action(
      action(async (session, recipient, options) => {
        const wait = options.wait === undefined ? DEFAULT_WAIT : requireNumber(options.wait, '--wait', { least: 0 })
        const client = await session.client()
        const id = await client.notifications.send({ recipient, subject: options.subject, body: options.body })
        const record = await awaitAttempt(client, id, wait)
        const isSent = record.state === 'sent'
        if (isSent) await session.out.show(record, `Sent to ${recipient}.`)
        else {
          await session.out.done(record)
          session.out.warn(outcomeOf(record, recipient))
          throw new PartlyFailed()
        }
      }),
    )

  notify
    .command('ls')
    .description('List what was sent, waits, failed or was held back, newest first.')
    .option('--state <state>', 'held, queued, sending, sent, failed or cancelled')
    .option('--kind <kind>', 'email, text or webhook')
    .option('--to <part>', 'only to recipients that contain this')
    .option('--controller <path>', 'only those of a controller')
    .option('--start <time>', 'only those from this time on')
    .option('--end <time>', 'only those up to this time')
    .option('-n, --number <n>', 'at most N (100)')
    .addHelpText(
      'after',
      `\nTIME is ${TIME_FORMS}.\n\nExamples:\n  rhizo notify ls\n  rhizo notify ls --state failed --start 7d\n` +
        '  rhizo notify ls --to ann@example.com --json',
    )
    .action(
      action(async (session, options) => {
        const { state, kind, to: recipient, controller } = options
        const query = {
          state,
          kind,
          recipient,
          controller,
          start: optionalTime(options.start, '--start'),
          end: optionalTime(options.end, '--end', true),
          count: optionalCount(options.number, '-n', 1),
        }
        const records = await (await session.client()).notifications.list(query)
        await session.out.list(records, [
          { title: 'ID', value: ({ id }) => id, align: 'right' },
          { title: 'STATE', value: (record) => record.state },
          { title: 'WHEN', value: (record) => record.sent_timestamp ?? record.creation_timestamp },
          { title: 'KIND', value: (record) => record.kind },
          { title: 'TO', value: ({ recipients }) => recipients.join(', ') },
          { title: 'SUBJECT', value: ({ subject }) => subject },
          { title: 'ERROR', value: ({ error }) => error },
        ])
      }),
    )

  notify
    .command('cancel')
    .description('Take back messages that wait to be sent.')
    .argument('<ids...>', 'ids, as "rhizo notify ls" shows them')
    .addHelpText('after', '\nExamples:\n  rhizo notify cancel 17')
    .action(
      action(async (session, ids) => {
        const client = await session.client()
        const numbers = ids.map((id) => requireNumber(id, 'ID', { whole: true, least: 1 }))
        for (const id of numbers) await client.notifications.cancel(id)
        await session.out.done(numbers.map((id) => ({ id })))
      }),
    )
}

/** Waits until the first attempt to send a message has ended, or the time is over. @returns the message as it is then */
async function awaitAttempt(client: Client, id: number, seconds: number): Promise<NotificationRecord> {
  for (const end = performance.now() + seconds * 1000; ; await pause(POLL_MS)) {
    const record = await client.notifications.get(id)
    const isOpen = record.state === 'sending' || (record.state === 'queued' && record.attempts === 0)
    if (!isOpen || performance.now() >= end) return record
  }
}

function outcomeOf({ id, state, error, next_attempt_timestamp: next }: NotificationRecord, recipient: string): string {
  switch (state) {
    case 'held':
      return `Held back: ${error ?? ''}`
    case 'queued':
      return next === null || error === null
        ? `Not sent yet: message ${id} waits for its turn.`
        : `Not sent yet: ${error} It is tried again at ${next}; "rhizo notify cancel ${id}" takes it back.`
    case 'sending':
      return `No answer yet; "rhizo notify ls" will show what became of message ${id}.`
    default:
      return `Not sent to ${recipient}: ${error ?? state}`
  }
}
