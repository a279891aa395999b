/** Posts to an incoming webhook of Slack (https://api.slack.com/messaging/webhooks). */
import { channelOf } from '../../src/attributes/chat-channels.ts'
import { cutBytes, sendBy } from './push.ts'

const MAX_TEXT = 4_000

export const sendSlack = sendBy({
  name: 'Slack',
  compose({ SLACK_WEBHOOKS: channels }, name, { subject, body }) {
    const url = channelOf(channels, name)
    if (url === undefined) return `The setting SLACK_WEBHOOKS names no channel ${name}.`
    const text = [subject === '' ? '' : `*${escape(subject)}*`, escape(body)].filter((part) => part !== '').join('\n')
    return { url, body: { text: cutBytes(text, MAX_TEXT) }, secrets: [url, new URL(url).pathname] }
  },
  // It answers "ok", or the name of what is wrong.
  reasonIn: (answer) => (answer === 'ok' ? undefined : typeof answer === 'string' && answer !== '' ? answer : 'no answer of Slack'),
})

/** These three have a meaning of their own there. */
const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
