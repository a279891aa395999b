/** Reads forms that browsers send, and checks that our own page sent them. */
import type { IncomingMessage } from 'node:http'
import type { Context } from '../../src/context.ts'
import { Fault, forbidden, invalid } from '../../src/base/fault.ts'
import { isForeign } from '../requests/authentication.ts'
import { requireCsrfToken } from '../requests/csrf.ts'
import { addUrlEncoded, decodeUtf8, hasBody, mediaType, readBody } from '../requests/body.ts'
import type { Share } from '../requests/shared-memory.ts'
import type { Fields, Refusal } from './page.ts'

/** Maximum bytes of a form; longer texts are sent to the API. */
const MAX_FORM = 1_000_000

/** @throws Fault invalid, too_large, busy */
export async function readForm(ctx: Context, incoming: IncomingMessage, room: Share): Promise<Fields> {
  const fields = Object.create(null) as Record<string, string>
  if (!hasBody(incoming)) return fields
  if (mediaType(incoming) !== 'application/x-www-form-urlencoded') throw invalid('This page takes forms only.')
  const body = await readBody(incoming, MAX_FORM, room)
  await ctx.turns.pause()
  addUrlEncoded(fields, decodeUtf8(body, 'The form'), 'form')
  return fields
}

export function readQuery(query: string): Fields {
  const fields = Object.create(null) as Record<string, string>
  addUrlEncoded(fields, query, 'query')
  return fields
}

/**
 * Accepts a form only from our own page: with a session by its token, otherwise by the origin that the browser reports.
 * @throws Fault forbidden
 */
export function requireOwnForm(ctx: Context, incoming: IncomingMessage, sessionToken: string | undefined, form: Fields): void {
  if (isForeign(incoming))
    throw forbidden('That form came from a page of another site. Open the page on this server and send it from there.')
  requireCsrfToken(ctx, sessionToken, form['csrf_token'], ENDED_SESSION)
}

const ENDED_SESSION =
  'That form is of a session that has ended. Go back (what you typed is still there), copy what you need, reload the page ' +
  'and send it again.'

/** Runs an action; returns a Fault that it throws, to be shown beside the form, and undefined on success. Other errors are thrown. */
export async function refusalOf(form: Fields, act: () => Promise<unknown>): Promise<Refusal | undefined> {
  try {
    await act()
    return undefined
  } catch (error) {
    // What needs proof first is asked for in place of the page: web.ts.
    if (error instanceof Fault && error.code !== 'internal' && error.needs !== 'proof') return { fault: error, form }
    throw error
  }
}
