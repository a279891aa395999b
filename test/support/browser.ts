/** A browser for tests: keeps the session's cookie and sends the CSRF token along, unless told otherwise. */
import { toReply, type Lab, type Reply } from './lab.ts'

export class Browser {
  readonly #url: string
  cookie = ''
  csrfToken = ''
  /** Headers that it sends with everything. */
  headers: Record<string, string> = {}

  constructor(lab: Pick<Lab, 'url'>) {
    this.#url = lab.url
  }

  async signIn(user: string, password: string): Promise<Reply> {
    const reply = await this.send('POST', '/sessions', { user, password })
    if (reply.status === 200) {
      this.cookie = reply.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
      this.csrfToken = fieldOf(reply, 'csrf_token')
    }
    return reply
  }

  async send(method: string, path: string, body?: Record<string, unknown>): Promise<Reply> {
    const response = await fetch(`${this.#url}/api/v1${path}`, {
      method,
      headers: {
        ...(this.cookie === '' ? {} : { cookie: this.cookie }),
        ...(this.csrfToken === '' ? {} : { 'x-csrf-token': this.csrfToken }),
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...this.headers,
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return toReply(response)
  }

  get = (path: string): Promise<Reply> => this.send('GET', path)
}

/** A text or number of a reply's JSON, as text; '' when it is not there. */
export function fieldOf(reply: Reply, name: string): string {
  const value = (reply.json as Record<string, unknown> | undefined)?.[name]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** The message of an error reply. */
export const messageOf = (reply: Reply): string => fieldOf(reply, 'message')
