/**
 * The pipeline of every HTTP request, to the API or to a page: redirects plain http to https, authenticates the caller, lets the transport
 * handle the request, turns errors into a Fault, and counts the answer.
 */
import type { HttpBindings } from '@hono/node-server'
import type { Context } from '../../src/context.ts'
import { actorIdentity, readsByLink, type Actor } from '../../src/tree/actor.ts'
import type { Fault } from '../../src/base/fault.ts'
import { subscriberNetwork } from '../../src/base/networks.ts'
import type { Turns } from '../../src/base/turns.ts'
import type { LoopWatch } from '../loop-watch.ts'
import type { Metrics } from '../metrics.ts'
import type { Answer, UnreadAnswers } from '../replies/unread-answers.ts'
import { toFault } from '../replies/fault-reply.ts'
import { recordRefusal } from '../../src/audit/refusals.ts'
import { addressOf } from './address.ts'
import { anonymousCaller, authenticate, knownActorOf, type Authenticated } from './authentication.ts'
import type { Share, SharedMemory } from './shared-memory.ts'
import type { Strangers } from './strangers.ts'
import { redirectToHttps, shouldUseHttps } from './https.ts'

/** What all requests go through, whatever they ask for. */
export interface Desk {
  readonly metrics: Metrics
  /** What callers may take who have not said who they are. */
  readonly strangers: Strangers
  /** Memory for what is sent by those who have: bodies, and messages that are not whole yet. */
  readonly bodies: SharedMemory
  /** What answers hold until they are read. */
  readonly answers: UnreadAnswers
  /** Of those who have said who they are, for the messages of long connections: callers take them one after the other. */
  readonly messageTurns: Turns
  readonly loop: LoopWatch
}

/** A request whose caller was asked who they are. */
export interface IdentifiedRequest extends Authenticated {
  /** The server, whose turns are those of strangers for one of them. */
  readonly ctx: Context
  /** The caller's network address, as reported by trusted proxies. */
  readonly address: string
  /** Of the memory for callers who have not said who they are; undefined for those who have. */
  readonly share: Share | undefined
  /** Memory for what a caller sends, until the answer: of what all callers of their kind share. */
  readonly roomFor: (actor: Actor) => Share
  /** To be called when what the handler waited for has come, and much may be done with it: a body. */
  readonly goesOn: () => void
}

/** How a transport handles the requests of one of its routes. `Reply` is the type that its handlers return. */
export interface Exchange<Reply> {
  /** For the log and the metrics. */
  readonly route: { readonly method: string; readonly path: string }
  /** True: credentials are ignored, and every caller is anonymous. */
  readonly ignoresCredentials: boolean
  /** True: whoever opened a secret link is asked in as such; otherwise they are anybody. */
  readonly servesLinks: boolean
  handle(request: IdentifiedRequest): Promise<Reply>
  /** @param who undefined when the credentials themselves were refused */
  refuse(fault: Fault, who: Authenticated | undefined): Reply
  /** The application answers errors that it throws. */
  send(reply: Reply, ctx: Context): Response | Promise<Response>
}

export async function answerRequest<Reply>(
  ctx: Context,
  { metrics, strangers, bodies, answers, loop }: Desk,
  { incoming, outgoing }: HttpBindings,
  exchange: Exchange<Reply>,
): Promise<Response> {
  const start = performance.now()
  const { method, path } = exchange.route
  const route = `${method} ${path}`
  if (shouldUseHttps(ctx, incoming)) return redirectToHttps(ctx, incoming)
  const work = loop.begin(route)
  let who: Authenticated | undefined
  let reply: Reply
  let share: Share | undefined
  const rooms: Share[] = []
  const roomFor = (actor: Actor): Share => {
    const room = actor.kind === 'anonymous' ? strangers.memory.share() : bodies.share(actorIdentity(actor))
    rooms.push(room)
    return room
  }
  let theirs = ctx
  const address = addressOf(ctx, incoming)
  let answer: Answer | undefined
  try {
    who = exchange.ignoresCredentials ? anonymousCaller : await authenticate(ctx, incoming.headers, address)
    if (!exchange.servesLinks && readsByLink(who.actor)) who = anonymousCaller
    if (who.actor.kind === 'anonymous') {
      // What is open to all and changes nothing (health, documents) costs less than waiting does, and monitors ask for it.
      const isCheap = exchange.ignoresCredentials && method === 'GET'
      if (exchange.ignoresCredentials && strangers.sockets.has(incoming.socket)) {
        const known = knownActorOf(ctx, incoming.headers)
        if (known) strangers.known(incoming.socket, actorIdentity(known))
      }
      share = strangers.memory.share()
      answer = answers.begin(outgoing, { owner: subscriberNetwork(address), isStranger: true, address, route })
      const turns = strangers.turnsFor(outgoing)
      theirs = { ...ctx, turns, answer }
      if (!isCheap) await strangers.takeTurn(turns, incoming, share)
    } else {
      const owner = actorIdentity(who.actor)
      strangers.known(incoming.socket, owner)
      answer = answers.begin(outgoing, { owner, isStranger: false, address, route })
      theirs = contextOf(ctx, owner, answer)
      // Writes share their commits, and go on at once.
      if (method === 'GET') await theirs.turns.pause()
    }
    loop.works(work)
    reply = await exchange.handle({ ...who, ctx: theirs, address, share, roomFor, goesOn: () => loop.works(work) })
    answer.requireRoom()
  } catch (error) {
    const fault = toFault(error, ctx.log, { method, route: path })
    recordRefusal(ctx, fault, { actor: who?.actor, address }, route)
    reply = exchange.refuse(fault, who)
  }
  share?.release()
  for (const room of rooms) room.release()
  loop.works(work)
  const response = await exchange.send(reply, theirs)
  answer?.handedOver()
  loop.end(work)
  metrics.answered(method, path, response.status, performance.now() - start)
  return response
}

/** The server as a caller meets it who is known: what they ask for waits for a turn of each other caller, however much those ask for. */
const contextOf = (ctx: Context, caller: string, answer: Answer): Context => ({ ...ctx, turns: ctx.turns.of(caller), answer })
