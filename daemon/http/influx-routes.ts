/**
 * What programs that write to InfluxDB ask for, at its addresses and with its answers, of version 1 and 2, so that they work by changing
 * the address. The key decides the folder: a controller's is its own; with a user's, `bucket` or `db` is the path of a folder.
 */
import { createGunzip } from 'node:zlib'
import { Fault, httpStatusOf, invalid, notFound } from '../../src/base/fault.ts'
import { storeLines } from '../../src/mapping/line-intake.ts'
import type { Actor } from '../../src/tree/actor.ts'
import type { Context } from '../../src/context.ts'
import { findByPath } from '../../src/tree/finding.ts'
import { isFolder, type Resource } from '../../src/tree/tree.ts'
import { faultHeaders, toFault } from '../replies/fault-reply.ts'
import { authenticateByKey } from '../requests/authentication.ts'
import { readBody, tooLarge } from '../requests/body.ts'
import type { Share } from '../requests/shared-memory.ts'
import { Utf8Decoder } from '../requests/utf8-decoder.ts'
import { text } from './parameters.ts'
import { route, type ApiRequest, type Route } from './route.ts'

const VERSION = { 'x-influxdb-version': '1.8.10-rhizo', 'x-influxdb-build': 'OSS', 'x-content-type-options': 'nosniff' }

const parameters = {
  precision: text('Unit of the timestamps: ns (default), us, ms, s; also n, u, m, h.', { max: 10 }),
  bucket: text("With a user's key: the path of a folder.", { max: 2_000 }),
  db: text('As bucket.', { max: 2_000 }),
  org: text('Ignored.'),
  rp: text('Ignored.'),
  u: text('Ignored.'),
  p: text('The secret key, where no header can carry it.', { max: 200 }),
  consistency: text('Ignored.'),
}

export function createInfluxRoutes(): Route[] {
  const write = (path: string, version: 1 | 2): Route =>
    route({
      method: 'POST',
      path,
      tag: 'Sequences',
      summary: `Line protocol, as clients of InfluxDB ${version} send it`,
      description:
        'A field goes to FOLDER/measurement/tag values/field. Sequences that are not there are made where the folder has ' +
        'create_sequences on. Answers 204; when points were dropped 400, with the reason of the first, and the others are stored. ' +
        'Gzip is taken.',
      parameters,
      // Whatever type it is said to be: curl says that it is a form.
      body: 'unread',
      handle: (request) => answer(request, version),
    })
  return [
    write('/write', 1),
    write('/api/v2/write', 2),
    route({
      method: 'GET',
      path: '/ping',
      tag: 'Sequences',
      summary: 'Answers 204, as InfluxDB does',
      parameters: {},
      open: true,
      handle: () => Promise.resolve(new Response(null, { status: 204, headers: VERSION })),
    }),
    route({
      method: 'POST',
      path: '/query',
      tag: 'Sequences',
      summary: 'Answers CREATE DATABASE, with which clients of InfluxDB 1 begin; nothing is made',
      parameters: { ...parameters, q: text('The statement.') },
      handle: ({ parameters: { q = '' } }) => {
        if (!/^\s*create\s+database\s/i.test(q))
          throw invalid('This server answers no queries of InfluxDB: the API is described at /api/v1/docs.')
        return Promise.resolve({ results: [{ statement_id: 0 }] })
      },
    }),
  ]
}

async function answer(
  { ctx, actor, address, incoming, roomFor, parameters: given }: ApiRequest<typeof parameters>,
  version: 1 | 2,
): Promise<Response> {
  try {
    const caller = actor.kind === 'anonymous' && given.p ? await authenticateByKey(ctx, given.p, address) : actor
    const folder = findFolder(ctx, caller, given.bucket || given.db || '')
    const packed = await readBody(incoming, ctx.settings.MAX_BODY_SIZE, roomFor(caller))
    const isPacked = incoming.headers['content-encoding'] === 'gzip'
    const lines = isPacked ? await unpack(packed, ctx.settings.MAX_BODY_SIZE, roomFor(caller)) : decode(packed)
    const { dropped, errors } = await storeLines(ctx, caller, folder, lines, given.precision ?? '')
    if (dropped === 0) return new Response(null, { status: 204, headers: VERSION })
    return refuse(version, 400, 'invalid', `partial write: ${errors[0]?.message ?? ''} dropped=${dropped}`)
  } catch (error) {
    const fault = toFault(error, ctx.log, { where: 'line protocol' })
    const words = { unauthenticated: 'unauthorized', not_found: 'not found', too_large: 'request too large', busy: 'unavailable' } as const
    const code = fault.code in words ? words[fault.code as keyof typeof words] : fault.code
    return refuse(version, httpStatusOf[fault.code], code, fault.message, faultHeaders(fault))
  }
}

const refuse = (version: 1 | 2, status: number, code: string, message: string, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(version === 1 ? { error: message } : { code, message }), {
    status,
    headers: {
      ...VERSION,
      ...headers,
      'content-type': 'application/json',
      'x-influxdb-error': message.replace(/[^\x20-\x7e]/g, '?').slice(0, 500),
    },
  })

/** @throws Fault unauthenticated, not_found, invalid */
function findFolder(ctx: Context, actor: Actor, named: string): Resource {
  if (actor.kind === 'anonymous')
    throw new Fault('unauthenticated', 'Send a key: "Authorization: Token KEY", Basic with the key as the password, or p=KEY.')
  if (actor.kind === 'controller') {
    const own = ctx.tree.byId(actor.controllerId)
    if (!own) throw notFound('The controller of this key was deleted.')
    return own
  }
  if (named === '') throw invalid("With a user's key bucket (or db) must be the path of a folder, such as lab/greenhouse.")
  const folder = findByPath(ctx, actor, named.startsWith('/') ? named : `/${named}`, 'bucket')
  if (!folder || !isFolder(folder)) throw notFound(`bucket: there is no folder ${JSON.stringify(named)}.`)
  return folder
}

/** Bytes that are no UTF-8 cost the lines that have them. */
function decode(body: Buffer): string {
  const decoder = new Utf8Decoder(true)
  return decoder.decode(body) + decoder.end()
}

/** Text is put together from pieces when it is first read, and takes its memory twice until then. */
const TIMES_HELD = 2

/**
 * @param room of the memory that callers share: a few kilobytes may unfold to a thousand times as much
 * @throws Fault too_large past `limit` bytes; invalid for what is no gzip; busy when there is no room
 */
async function unpack(packed: Buffer, limit: number, room: Share): Promise<string> {
  const gunzip = createGunzip({ chunkSize: 65_536 })
  room.onCut((fault) => gunzip.destroy(fault))
  gunzip.end(packed)
  const decoder = new Utf8Decoder(true)
  let [text, size] = ['', 0]
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > limit) throw tooLarge(limit)
      text += decoder.decode(chunk)
      room.hold(TIMES_HELD * size)
    }
  } catch (error) {
    if (error instanceof Fault) throw error
    throw invalid('The body is not gzip, though Content-Encoding says so.')
  }
  // It is served now that it is there.
  room.settle()
  return text + decoder.end()
}
