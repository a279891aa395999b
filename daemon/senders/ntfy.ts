/** Publishes to a topic of ntfy (https://docs.ntfy.sh/publish/), as JSON. */
import { baseOf, cutBytes, isUrgent, sendBy, textIn } from './push.ts'

/** A longer message would become a file that is attached. */
const MAX_MESSAGE = 4_096
const [URGENT, ORDINARY] = [5, 3]

export const sendNtfy = sendBy({
  name: 'ntfy',
  compose({ NTFY_URL: url, NTFY_TOKEN: token }, topic, message) {
    const { subject, body } = message
    return {
      url: baseOf(url),
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      body: {
        topic,
        ...(subject === '' ? {} : { title: subject }),
        message: cutBytes(body === '' ? subject : body, MAX_MESSAGE),
        priority: isUrgent(message) ? URGENT : ORDINARY,
      },
      // Whoever knows a topic can read it.
      secrets: [topic, ...(token === undefined ? [] : [token])],
    }
  },
  reasonIn: (answer) => textIn(answer, 'error'),
})
