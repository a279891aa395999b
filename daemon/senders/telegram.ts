/** Sends by a bot of Telegram (https://core.telegram.org/bots/api#sendmessage). */
import { isObject } from '../../src/base/json.ts'
import { baseOf, sendBy, textIn } from './push.ts'

const MAX_TEXT = 4_096

export const sendTelegram = sendBy({
  name: 'Telegram',
  compose({ TELEGRAM_API_URL: url, TELEGRAM_BOT_TOKEN: token }, chat, { subject, body }) {
    if (token === undefined) return 'The setting TELEGRAM_BOT_TOKEN is missing.'
    const text = [subject, body].filter((part) => part !== '').join('\n\n')
    return {
      url: `${baseOf(url)}/bot${token}/sendMessage`,
      body: {
        chat_id: /^-?\d+$/.test(chat) ? Number(chat) : chat,
        text: text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1).toWellFormed()}…`,
        link_preview_options: { is_disabled: true },
      },
      secrets: [token],
    }
  },
  reasonIn: (answer) =>
    isObject(answer) && answer['ok'] === true ? undefined : (textIn(answer, 'description') ?? 'no answer of Telegram'),
})
