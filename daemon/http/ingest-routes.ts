/** Webhooks: programs and networks that send what they have as JSON, and can be told an address at most. */
import { forbidden, notFound } from '../../src/base/fault.ts'
import { quote, splitPath } from '../../src/base/path.ts'
import type { Context } from '../../src/context.ts'
import { typedValue } from '../../src/mapping/bare-values.ts'
import { readPayload } from '../../src/mapping/devices.ts'
import { ingest, MAX_MESSAGES, tooManyMessages } from '../../src/mapping/ingest.ts'
import type { Payload } from '../../src/mapping/reading.ts'
import { placeAtPath } from '../../src/mapping/sightings.ts'
import { requireResource } from '../../src/tree/finding.ts'
import { isFolder } from '../../src/tree/tree.ts'
import { authenticateByIngestSecret } from '../requests/authentication.ts'
import { addUrlEncoded, decodeUtf8, readBody } from '../requests/body.ts'
import type { Share } from '../requests/shared-memory.ts'
import { text } from './parameters.ts'
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
        '/api/v1/ingest/-/SECRET, with a secret that is good for one folder and nothing else. What can not be stored is named in skipped.',
      parameters,
      // Whatever type it is said to be.
      body: 'unread',
      reply: valuesReply,
      handle: async (request) => ({ status: 'ok', ...(await take(request)).answer() }),
    }),
  ]
}

async function take({ ctx, actor, address, path, parameters: { topic = '' }, incoming, roomFor }: ApiRequest<typeof parameters>) {
  const levels = topic.split('/').filter((level) => level !== '')
  const [first, secret = '', ...more] = splitPath(path['path'] ?? '/')
  if (first === '-') {
    const caller = await authenticateByIngestSecret(ctx, secret, address)
    const { payloads, damaged } = await readPayloads(ctx, incoming, roomFor(caller.actor))
    return ingest(ctx, caller.actor, caller.folder, [...more, ...levels], payloads, { damaged })
  }
  if (actor.kind === 'anonymous') throw forbidden('Send a key by Basic or Bearer, or use an address with a secret.')
  const { folder, below } = findFolder(ctx, actor, path['path'] ?? '/')
  const { payloads, damaged } = await readPayloads(ctx, incoming, roomFor(actor))
  return ingest(ctx, actor, folder, [...below, ...levels], payloads, { damaged })
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

const MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** @throws Fault invalid, too_large */
async function readPayloads(ctx: Context, incoming: ApiRequest['incoming'], room: Share): Promise<Messages> {
  const body = await readBody(incoming, ctx.settings.MAX_BODY_SIZE, room)
  const bytes = body.subarray(0, MARK.length).equals(MARK) ? body.subarray(MARK.length) : body
  if (/^application\/x-www-form-urlencoded/i.test(incoming.headers['content-type'] ?? '') && bytes[0] !== 0x7b && bytes[0] !== 0x5b)
    return { payloads: [fromObject(formOf(decodeUtf8(bytes, 'The body')))], damaged: [] }
  const payload = readPayload(bytes)
  if (Array.isArray(payload.json)) return readEach(ctx, payload.json, fromObject)
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

/** Fields of a form are numbers where they read as such. */
function formOf(text: string): Record<string, unknown> {
  const fields = Object.create(null) as Record<string, unknown>
  addUrlEncoded(fields, text, 'form')
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, typedValue(value)]))
}
