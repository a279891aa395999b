/**
 * One connection of an MQTT client, from its first byte to its last: reads packets, shakes hands, keeps time, answers. What is
 * published it hands to its peer, and acknowledges when that is settled. MQTT 3.1, 3.1.1 and 5.
 */
import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { Fault } from '../../src/base/fault.ts'
import type { Turns } from '../../src/base/turns.ts'
import { actorIdentity } from '../../src/tree/actor.ts'
import type { Share } from '../requests/shared-memory.ts'
import { encodeConnack, encodeDisconnect, encodeRefusal, PINGRESP } from './frames.ts'
import { checkHeader, decode, type ClientPacket, type ConnectPacket, type Version } from './packets/decode.ts'
import { Framing } from './packets/framing.ts'
import { Property } from './packets/properties.ts'
import { connectReason, Malformed, Reason, type ReasonCode } from './packets/reasons.ts'
import { GatheredFrames } from './gathered-frames.ts'
import { Conversation, MAX_ALIASES, MAX_RECEIVING } from './conversation.ts'
import type { Peer } from './peer.ts'
import type { MqttTransport } from './transport.ts'

/** How long a connection may take to say who it is. */
const CONNECT_TIMEOUT_MS = 15_000
/** How long the last words to a client may take. */
const LAST_WORDS_MS = 2_000
/** Bytes that a client may have sent beyond its CONNECT, to be told why it is refused. */
const MAX_UNREAD = 16_384
/** A session without an end. */
const FOR_EVER = 0xffffffff

export class Connection {
  readonly stream: Duplex
  readonly address: string
  /** Of the cookie that came with its WebSocket from a page of this server. */
  readonly sessionToken: string | undefined
  readonly #transport: MqttTransport
  readonly #framing: Framing
  #version: Version | undefined
  #peer: Peer | undefined
  #conversation: Conversation | undefined
  /** While it is decided whether the client is let in. */
  #isArriving = false
  #isReading = false
  /** Of the caller, once the client was let in: what it says may not hold the event loop. */
  #turns: Turns | undefined
  /** Of the memory for what callers send who are known. */
  #share: Share | undefined
  #isWaitingForTurn = false
  /** The client sends no more. */
  #hasEnded = false
  /** Packets that were read and are not answered yet. */
  #pending = 0
  #isOver = false
  #isPolite = false
  /** Until the client says who it is. */
  readonly #timer: NodeJS.Timeout
  #keepAlive: NodeJS.Timeout | undefined
  readonly #said = new GatheredFrames()
  /** In this turn of the loop something was said. */
  #isLeaving = false

  constructor(transport: MqttTransport, stream: Duplex, address: string, sessionToken: string | undefined) {
    this.#transport = transport
    this.stream = stream
    this.address = address
    this.sessionToken = sessionToken
    this.#framing = new Framing(transport.ctx.settings.MAX_FRAME_SIZE, (header) => checkHeader(header, this.#version))
    this.#timer = setTimeout(() => this.fail(new Malformed('CONNECT did not arrive in time')), CONNECT_TIMEOUT_MS)
    stream.on('readable', () => this.#read())
    stream.on('drain', () => this.uncork())
    stream.on('error', (error) => this.#failed(error))
    stream.on('end', () => this.#endedByClient())
    stream.once('close', () => this.#endedByClient())
    this.#read()
  }

  get version(): Version {
    return this.#version ?? 4
  }

  /** Once the client was let in. */
  get peer(): Peer | undefined {
    return this.#peer
  }

  /** Bytes that the network has not taken yet. */
  get bufferedAmount(): number {
    return this.stream.writableLength + this.#said.length
  }

  write(frame: Buffer): void {
    if (this.#isOver || this.stream.destroyed) return
    this.#said.add(frame)
    if (this.#isLeaving) return
    this.#isLeaving = true
    this.#transport.corkedWrites.uncorkSoon(this)
  }

  /** At the end of a turn: passes on what was said, or waits with it until the network has taken what it was given before. */
  uncork(): void {
    this.#isLeaving = false
    if (!this.stream.writableNeedDrain) this.#passOn()
    this.#peer?.noticeWaiting()
  }

  #passOn(): void {
    const { stream } = this
    const pieces = this.#said.take()
    if (pieces.length === 0 || stream.destroyed) return
    if (pieces.length > 1) stream.cork()
    for (const piece of pieces) stream.write(piece)
    if (pieces.length > 1) stream.uncork()
  }

  // ---- In

  #read(): void {
    if (this.#isReading || this.#isWaitingForTurn) return
    this.#isReading = true
    let isAlive = false
    try {
      while (!this.#isOver) {
        if (this.#turns?.isOver() === true) {
          this.#waitForTurn(this.#turns)
          break
        }
        const frame = this.#isArriving ? undefined : this.#framing.next()
        if (frame) {
          this.#take(decode(frame.header, frame.body, this.#version))
          isAlive = true
          continue
        }
        // What came together is answered before more is read: a client that sends faster than the disk writes waits.
        if (this.#pending > 0 || this.#isArriving) break
        const bytes: unknown = this.stream.read()
        if (!Buffer.isBuffer(bytes)) break
        this.#framing.push(bytes)
      }
    } catch (error) {
      this.fail(error)
    } finally {
      this.#isReading = false
      if (!this.#isOver) this.#share?.hold(this.#framing.held)
      // Once for all that came together.
      if (isAlive && !this.#isOver) this.#keepAlive?.refresh()
    }
  }

  /** What came before the end is taken first. */
  #endedByClient(): void {
    this.#hasEnded = true
    if (!this.#isWaitingForTurn) this.#close()
  }

  /** Others come between: packets that are there already, and sockets that have something, are read again after that. */
  #waitForTurn(turns: Turns): void {
    this.#isWaitingForTurn = true
    turns.next().then(
      () => {
        this.#isWaitingForTurn = false
        this.#read()
        if (this.#hasEnded && !this.#isWaitingForTurn) this.#close()
      },
      // It ended meanwhile.
      () => {},
    )
  }

  #take(packet: ClientPacket): void {
    if (packet.type === 'connect') return this.#connect(packet)
    const conversation = this.#conversation
    if (!conversation) return
    if (packet.type === 'pingreq' || packet.type === 'subscribe' || packet.type === 'unsubscribe') this.#peer?.countRequest()
    switch (packet.type) {
      case 'pingreq':
        return this.write(PINGRESP)
      case 'disconnect':
        if (packet.sessionExpiry !== undefined) conversation.changeExpiry(packet.sessionExpiry)
        this.#isPolite = packet.reason !== Reason.disconnectWithWill
        return this.#close()
      default:
        conversation.take(packet)
    }
  }

  /** Begins to answer a packet; until {@link answered} no more is read than what came with it. */
  answering(): void {
    this.#pending++
  }

  answered(): void {
    this.#pending--
    if (this.#pending === 0) this.#read()
  }

  // ---- The handshake

  #connect(packet: ConnectPacket): void {
    this.#version = packet.version
    clearTimeout(this.#timer)
    const reason = this.#transport.refusalOf(this)
    if (reason !== undefined)
      return packet.version === 5 ? this.#sayNo({ reason: Reason.connectionRate, returnCode: 0 }, reason) : this.fail(new Malformed(reason))
    if (packet.clientId === '' && !packet.clean && packet.version !== 5)
      return this.fail(new Malformed('a client that wants its session kept must have an id'))
    this.#isArriving = true
    this.#arrive(packet).then(
      () => {
        this.#isArriving = false
        this.#read()
      },
      (error: unknown) => {
        if (error instanceof Malformed) return this.#sayNo({ reason: error.reason, returnCode: 0 }, error.message)
        if (this.#isOver) return
        const fault = this.#transport.refuse(this, error)
        this.#sayNo(connectReason(fault), fault.message)
      },
    )
  }

  /** @throws Fault @throws Malformed */
  async #arrive(packet: ConnectPacket): Promise<void> {
    const { version, clean, keepAlive, properties, will } = packet
    const { ctx, records, sessions } = this.#transport
    if (properties?.get(Property.authenticationMethod) !== undefined || properties?.get(Property.authenticationData) !== undefined)
      throw new Malformed('no method of authentication is known here but user name and password', Reason.authenticationMethod)
    if (version === 5 && will && (will.topic === '' || /[+#]/.test(will.topic)))
      throw new Malformed('the topic of the will is empty or has a wildcard', Reason.topicInvalid)
    const isNameless = packet.clientId === ''
    const clientId = isNameless ? `rhizo-${randomUUID()}` : packet.clientId
    const actor = await this.#transport.admit(this, packet, clientId)
    this.#turns = this.#transport.messageTurns.of(actorIdentity(actor))
    this.#share = this.#transport.shareFor(actor)
    this.#share.onCut((fault) => this.fail(fault))
    const asked = version === 5 ? (properties?.get(Property.sessionExpiry) ?? 0) : clean ? 0 : FOR_EVER
    const lifetime = ctx.settings.MQTT_SESSION_LIFETIME
    const peer = this.#transport.enter(this, actor, packet.userName, {
      clientId,
      maxInFlight: properties?.get(Property.receiveMaximum),
      maxPacketSize: properties?.get(Property.maximumPacketSize),
      saysWhy: properties?.get(Property.requestProblemInformation) !== 0,
      isExpiring: asked > 0,
    })
    this.#peer = peer
    this.#conversation = new Conversation(this.#transport, this, peer)
    // Another connection of the same client gives way, and leaves its will first.
    sessions.connected(peer.name)?.end('Another connection has the same client id.', { reason: Reason.takenOver })
    if (clean) this.#transport.wills.sessionEnded(peer.name)
    else this.#transport.wills.sessionContinued(peer.name)
    const sessionPresent = sessions.open(peer.name, peer, !clean, asked >= lifetime ? undefined : asked)
    if (will) peer.keepWill(will)
    // What is promised is on the disk before the client hears of it.
    if (asked > 0 || will) await records.durable()
    if (this.#isOver) return
    if (keepAlive > 0)
      this.#keepAlive = setTimeout(() => this.fail(new Malformed('keep alive timeout', Reason.keepAlive)), keepAlive * 1_500 + 1)
    const welcome = {
      assignedClientId: isNameless ? clientId : undefined,
      sessionExpiry: asked > lifetime ? lifetime : undefined,
      receiveMaximum: MAX_RECEIVING,
      maximumPacketSize: ctx.settings.MAX_FRAME_SIZE,
      topicAliasMaximum: MAX_ALIASES,
    }
    this.write(encodeConnack(version, sessionPresent, welcome))
    peer.begin()
  }

  #sayNo(why: { reason: ReasonCode; returnCode: number }, text: string): void {
    if (this.#isOver) return
    this.#transport.failed(this, new Error(text))
    this.#end(encodeRefusal(this.version, why, text))
  }

  // ---- The end

  /** It broke the rules, or what it asked for failed. */
  fail(error: unknown): void {
    if (this.#isOver) return
    const problem = error instanceof Error ? error : new Error(String(error))
    this.#transport.failed(this, problem)
    this.end(reasonOf(error), problem.message)
  }

  #failed(error: Error): void {
    if (!this.#isOver) this.#transport.failed(this, error)
    this.stream.destroy()
  }

  /** Ends it; a client of MQTT 5 that was let in hears why. */
  end(reason: ReasonCode, text: string): void {
    if (this.#isOver) return
    this.#end(this.version === 5 && this.#peer?.isLetIn ? encodeDisconnect(reason, this.#peer.saysWhy ? text : '') : undefined)
  }

  #end(lastWords: Buffer | undefined): void {
    if (lastWords === undefined) return this.#close()
    const { stream } = this
    this.#left()
    this.#passOn()
    const timer = setTimeout(() => stream.destroy(), LAST_WORDS_MS)
    stream.once('close', () => clearTimeout(timer))
    if (this.#peer?.isLetIn) stream.end(lastWords, () => stream.destroy())
    // A stranger who goes on sending is not waited for.
    // A stranger who sends much without waiting for an answer gets none.
    else if (this.#framing.waiting + stream.readableLength > MAX_UNREAD) stream.destroy()
    else stream.end(lastWords, () => stream.destroy())
  }

  #close(): void {
    this.#left()
    // What was said in this turn leaves first.
    this.#passOn()
    this.stream.destroy()
  }

  /** Once, however it ended. */
  #left(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#turns?.leave()
    this.#share?.release()
    clearTimeout(this.#timer)
    clearTimeout(this.#keepAlive)
    this.#peer?.left(this.#isPolite)
  }
}

function reasonOf(error: unknown): ReasonCode {
  if (error instanceof Malformed) return error.reason
  if (!(error instanceof Fault)) return Reason.unspecified
  if (error.code === 'throttled') return Reason.rate
  if (error.code === 'forbidden') return Reason.notAuthorized
  return error.code === 'busy' ? Reason.busy : Reason.unspecified
}
