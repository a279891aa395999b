/** Sends with Pushover (https://pushover.net/api). */
import { isObject } from '../../src/base/json.ts'
import { SECOND } from '../../src/base/time.ts'
import { baseOf, isUrgent, sendBy } from './push.ts'

const MAX_TITLE = 250
const MAX_MESSAGE = 1_024
const [HIGH, ORDINARY] = [1, 0]

export const sendPushover = sendBy({
  name: 'Pushover',
  compose({ PUSHOVER_API_URL: url, PUSHOVER_TOKEN: token }, user, message) {
    if (token === undefined) return 'The setting PUSHOVER_TOKEN is missing.'
    const { subject, body, created } = message
    return {
      url: `${baseOf(url)}/1/messages.json`,
      body: {
        token,
        user,
        ...(subject === '' ? {} : { title: cut(subject, MAX_TITLE) }),
        message: cut(body === '' ? subject : body, MAX_MESSAGE),
        priority: isUrgent(message) ? HIGH : ORDINARY,
        timestamp: Math.floor(created / SECOND),
      },
      secrets: [token, user],
    }
  },
  reasonIn(answer) {
    if (!isObject(answer)) return 'no answer of Pushover'
    const { status, errors } = answer
    if (status === 1) return undefined
    return Array.isArray(errors) ? errors.filter((one) => typeof one === 'string').join('; ') : 'it was refused'
  },
})

/** By characters, as Pushover counts. */
function cut(text: string, most: number): string {
  const characters = [...text]
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`
}
