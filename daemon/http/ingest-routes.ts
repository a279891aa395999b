/** Webhooks: programs and networks that send what they have as JSON, and devices that can be told an address at most. */
import { forbidden, invalid, notFound } from '../../src/base/fault.ts'
import { isObject } from '../../src/base/json.ts'
import { quote, splitPath } from '../../src/base/path.ts'
import type { Context } from '../../src/context.ts'
import { typedValue } from '../../src/mapping/bare-values.ts'
import { readPayload } from '../../src/mapping/devices.ts'
import { ingest, MAX_MESSAGES, tooManyMessages } from '../../src/mapping/ingest.ts'
import type { Payload } from '../../src/mapping/reading.ts'
import { placeAtPath } from '../../src/mapping/sightings.ts'
import type { Actor } from '../../src/tree/actor.ts'
import { isSenml } from '../../src/wire/senml.ts'
import { requireResource } from '../../src/tree/finding.ts'
import { isFolder, type Resource } from '../../src/tree/tree.ts'
import { authenticateByIngestSecret, isForeign } from '../requests/authentication.ts'
import { addUrlEncoded, decodeUtf8, readBody, splitUrl } from '../requests/body.ts'
import type { Share } from '../requests/shared-memory.ts'
import { text, type ParameterSet } from './parameters.ts'
import { route, type ApiRequest, type Route } from './route.ts'
import { valuesReply } from './sequence-routes.ts'

const parameters = {
  topic: text('Levels below the folder, as a device would name them by MQTT: tele/kitchen/SENSOR.', { max: 2_000 }),
}

export function createIngestRoutes(): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/ingest/*',
      tag: 'Sequences',
      summary: 'A webhook: any JSON, or a form, by the mapping of the folder',
      description:
        'The body is an object, a list of objects, NDJSON or a form; its members go to sequences below the folder, as they do by MQTT, ' +
        'and devices that are known are understood. The path is that of a folder, with more levels of a topic behind it. Without a key: ' +
        '/api/v1/ingest/-/SECRET, with a secret that is good for one folder and nothing else. What can not be stored is named in ' +
        'skipped. Without a body, what the address has behind its question mark is taken, as by GET.',
      parameters,
      // Whatever type it is said to be.
      body: 'unread',
      reply: valuesReply,
      handle: async (request) => {
        const { caller, folder, topic } = await findPlace(request)
        const { payloads, damaged } = await readPayloads(request, request.roomFor(caller))
        return { status: 'ok', ...(await ingest(request.ctx, caller, folder, topic, payloads, { damaged })).answer() }
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/ingest/*',
      tag: 'Sequences',
      summary: 'What a device says that can only call an address: its values stand behind the question mark',
      description:
        'For buttons and actions of plugs, and stations with the address of a weather service: ?temperature=21.5&humidity=40 is stored ' +
        'as a form of the same names is. A key or a secret in the path is needed: a session counts for nothing here, so that no link ' +
        'stores something, and nothing is stored for a browser that fetches ahead.',
      parameters,
      reply: valuesReply,
      handle: async (request) => {
        requireCall(request)
        const { caller, folder, topic } = await findPlace(request)
        const { payloads, damaged } = queryOf(request)
        return { status: 'ok', ...(await ingest(request.ctx, caller, folder, topic, payloads, { damaged })).answer() }
      },
    }),
    route({
      method: 'GET',
      path: '/weatherstation/updateweatherstation.php',
      tag: 'Sequences',
      summary: 'What a weather station sends by the protocol of Weather Underground',
      description:
        'For stations whose server can be changed and whose path cannot. PASSWORD (the key of the station) is the secret of an ' +
        'address of /api/v1/ingest/-/SECRET. Answers “success”, as stations expect.',
      parameters: { PASSWORD: text('The secret.', { max: 200 }) },
      handle: async (request) => {
        requireCall(request)
        const { actor, folder } = await authenticateByIngestSecret(request.ctx, request.parameters.PASSWORD ?? '', request.address)
        const { payloads, damaged } = queryOf(request)
        await ingest(request.ctx, actor, folder, [], payloads, { damaged })
        return new Response('success\n', { headers: { 'content-type': 'text/plain', 'cache-control': 'no-store' } })
      },
    }),
  ]
}

/** @throws Fault forbidden for what a browser does by itself, or for a page of others, and for who only asks whether there is something */
function requireCall({ incoming, sessionToken }: Pick<ApiRequest, 'incoming' | 'sessionToken'>): void {
  const { headers, method } = incoming
  const isAhead = [headers['sec-purpose'], headers['purpose'], headers['x-purpose'], headers['x-moz']].some((purpose) =>
    /prefetch|prerender|preview/i.test(String(purpose ?? '')),
  )
  if (isAhead || method === 'HEAD') throw forbidden('Nothing is stored for a request that only looks ahead. Send GET or POST.')
  if (sessionToken !== undefined || (headers.authorization !== undefined && isForeign(incoming)))
    throw forbidden('A link stores nothing. Send a key by Basic or Bearer, use an address with a secret, or send a POST.')
}

/** Whom a request comes from, the folder that it is for, and the levels of a topic below that. @throws Fault */
async function findPlace(request: ApiRequest<typeof parameters>): Promise<{ caller: Actor; folder: Resource; topic: string[] }> {
  const { ctx, actor, address, path } = request
  const levels = (request.parameters.topic ?? '').split('/').filter((level) => level !== '')
  const [first, secret = '', ...more] = splitPath(path['path'] ?? '/')
  if (first === '-') {
    const found = await authenticateByIngestSecret(ctx, secret, address)
    return { caller: found.actor, folder: found.folder, topic: [...more, ...levels] }
  }
  if (actor.kind === 'anonymous') throw forbidden('Send a key by Basic or Bearer, or use an address with a secret.')
  const { folder, below } = findFolder(ctx, actor, path['path'] ?? '/')
  return { caller: actor, folder, topic: [...below, ...levels] }
}

/** What stands behind the question mark, as a message. @throws Fault invalid when that is nothing */
function queryOf({ given, incoming }: Pick<ApiRequest, 'given' | 'incoming'>): Messages {
  const { topic: _, csrf_token: __, ...values } = given
  if (Object.keys(values).length === 0)
    throw invalid('The address has no values: they stand behind a question mark, as ?temperature=21.5&humidity=40.')
  return { payloads: [fromObject(typed(values))], damaged: repeatedIn(splitUrl(incoming).query) }
}

/** The folder at a path, or the deepest one above it. @throws Fault not_found, forbidden */
function findFolder(ctx: Context, actor: ApiRequest['actor'], path: string) {
  const place = placeAtPath(ctx, actor, path)
  const last = place?.names.length === 1 ? place.folder.children.get(place.names[0] ?? '') : undefined
  if (place && !(last && isFolder(last))) return { folder: place.folder, below: place.names }
  const folder = requireResource(ctx, actor, path)
  if (!isFolder(folder)) throw notFound(`There is no folder ${path}.`)
  return { folder, below: [] }
}

interface Messages {
  readonly payloads: readonly Payload[]
  /** What is wrong with lines that could not be read. */
  readonly damaged: readonly string[]
}

/** Bytes of a body from which on others have their turn between its steps. */
const LARGE = 100_000
const MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** @throws Fault invalid, too_large */
async function readPayloads(request: Pick<ApiRequest, 'ctx' | 'incoming' | 'given'>, room: Share): Promise<Messages> {
  const { ctx, incoming } = request
  const body = await readBody(incoming, ctx.settings.MAX_BODY_SIZE, room)
  if (body.length === 0) return queryOf(request)
  const bytes = body.subarray(0, MARK.length).equals(MARK) ? body.subarray(MARK.length) : body
  if (/^application\/x-www-form-urlencoded/i.test(incoming.headers['content-type'] ?? '') && bytes[0] !== 0x7b && bytes[0] !== 0x5b)
    return formOf(decodeUtf8(bytes, 'The body'))
  // Each step of a large one takes some milliseconds.
  if (bytes.length > LARGE) await ctx.turns.next()
  const payload = readPayload(bytes)
  if (bytes.length > LARGE) await ctx.turns.next()
  if (payload.json === undefined) refuseDocuments(incoming.headers['content-type'] ?? '')
  // A list of numbers is no list of messages.
  if (Array.isArray(payload.json) && payload.json.some(isObject) && !isSenml(payload.json)) return readEach(ctx, payload.json, fromObject)
  if (payload.json === undefined && bytes[0] === 0x7b) return readEach(ctx, linesOf(decodeUtf8(bytes, 'The body')), fromLine)
  return { payloads: [payload], damaged: [] }
}

/**
 * One message after the other, so that a long list holds nobody up.
 * @param read undefined: nothing; a text: what is wrong with it
 * @throws Fault too_large
 */
async function readEach<T>(
  { turns }: Context,
  items: Iterable<T>,
  read: (item: T, at: number) => Payload | string | undefined,
): Promise<Messages> {
  const payloads: Payload[] = []
  const damaged: string[] = []
  let at = 0
  for (const item of items) {
    const one = read(item, at++)
    if (typeof one === 'string') damaged.push(one)
    else if (one) payloads.push(one)
    if (payloads.length + damaged.length > MAX_MESSAGES) throw tooManyMessages()
    if (turns.isOver()) await turns.next()
  }
  return { payloads, damaged }
}

function* linesOf(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from)
    yield text.slice(from, end < 0 ? undefined : end)
    from = end < 0 ? text.length : end + 1
  }
}

const fromObject = (json: unknown): Payload => readPayload(Buffer.from(JSON.stringify(json)))

/** @returns undefined for an empty line */
function fromLine(line: string, at: number): Payload | string | undefined {
  if (line.trim() === '') return undefined
  const payload = readPayload(Buffer.from(line))
  return payload.json === undefined ? `Line ${at + 1} of the body is not JSON: ${quote(line.trim())}.` : payload
}

/** @throws Fault invalid for a body that is said to be a table or a document: it would be one long text */
function refuseDocuments(type: string): void {
  if (/^text\/csv/i.test(type))
    throw invalid('The body is CSV: here JSON, NDJSON or a form is taken. Send a table to POST /api/v1/imports, or “rhizo seq import”.')
  if (/^(?:application|text)\/(?:[\w.-]+\+)?xml/i.test(type)) throw invalid('The body is XML: here JSON, NDJSON or a form is taken.')
}

function formOf(text: string): Messages {
  const fields = Object.create(null) as Record<string, unknown>
  addUrlEncoded(fields, text, 'form')
  return { payloads: [fromObject(typed(fields))], damaged: repeatedIn(text) }
}

/** What of fields with several values is not taken, as sentences: the last one counts. */
function repeatedIn(encoded: string): string[] {
  const values = new Map<string, string[]>()
  for (const [name, value] of new URLSearchParams(encoded)) {
    const all = values.get(name)
    if (all) all.push(value)
    else values.set(name, [value])
  }
  return [...values].flatMap(([name, all]) => {
    const last = all.at(-1) ?? ''
    const others = all.filter((value) => value !== last)
    if (others.length === 0) return []
    const shown = isSecretName(name) ? '' : `: ${quote(last)} is taken, and ${others.slice(0, 3).map(quote).join(', ')} not`
    return [`${quote(name)} is given ${all.length} times${shown}. Give each reading a name of its own, or send one message for each.`]
  })
}

/** Names of fields with secrets of services for which devices were made; those of the second kind may also be readings. */
const SECRET = /^(?:(?:write_?)?api_?key|access_?token|passkey|passw(?:or)?d)$/i
const MAY_BE_SECRET = /^(?:key|token|auth|secret|pass)$/i

const isSecretName = (name: string): boolean => SECRET.test(name) || MAY_BE_SECRET.test(name)

/** In a form a plus is a blank, which devices forget before the offset of a time: `2026-01-31T12:00:00+01:00`. */
const withPlus = (text: string): string => text.replace(/^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?) (\d\d:?\d\d)$/, '$1+$2')

/** Fields are numbers where they read as such; secrets are known to be there, and nothing else of them. */
const typed = (fields: ParameterSet): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, text]) => {
      const value = typedValue(typeof text === 'string' ? withPlus(text) : text)
      return [name, SECRET.test(name) || (typeof value === 'string' && MAY_BE_SECRET.test(name)) ? null : value]
    }),
  )
