/** Posts an adaptive card to a workflow of Microsoft Teams ("Post to a channel when a webhook request is received"). */
import { channelOf } from '../../src/attributes/chat-channels.ts'
import { isObject } from '../../src/base/json.ts'
import { cutBytes, isUrgent, sendBy, textIn } from './push.ts'

/** A message may have 28 kB in all. */
const MAX_TEXT = 16_000

export const sendTeams = sendBy({
  name: 'Microsoft Teams',
  compose({ TEAMS_WEBHOOKS: channels }, name, message) {
    const url = channelOf(channels, name)
    if (url === undefined) return `The setting TEAMS_WEBHOOKS names no channel ${name}.`
    const { subject, body } = message
    const color = isUrgent(message) ? 'Attention' : 'Default'
    // Runs of text are shown as they are; a text block would take names with underscores for Markdown.
    const blocks = [
      ...(subject === '' ? [] : [{ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: subject, weight: 'Bolder', color }] }]),
      ...(body === '' ? [] : [{ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: cutBytes(body, MAX_TEXT) }] }]),
    ]
    const content = { $schema: 'http://adaptivecards.io/schemas/adaptive-card.json', type: 'AdaptiveCard', version: '1.4', body: blocks }
    return {
      url,
      body: { type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }] },
      secrets: [url, new URL(url).pathname, new URL(url).search.slice(1)].filter((secret) => secret.length > 1),
    }
  },
  // Success is 202 without content; a refusal has {"error": {"message"}}.
  reasonIn: (answer) => (isObject(answer) ? textIn(answer['error'], 'message') : undefined),
})
