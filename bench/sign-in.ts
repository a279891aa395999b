/** A browser's session, for pages. */
import type { Lab } from './lab.ts'

/** @returns the Cookie header of the lab's admin */
export async function cookieOf(lab: Lab): Promise<string> {
  const reply = await fetch(`http://127.0.0.1:${lab.port}/api/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: 'admin@example.com', password: 'correct-horse-9' }),
  })
  if (!reply.ok) throw new Error(`Signing in was answered with ${reply.status}`)
  return reply.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0] ?? '')
    .join('; ')
}
