/**
 * A name of this machine in its own network, such as `rhizo.local` (MDNS_NAME), for machines that have no avahi. A name that another
 * machine has is left to it. Source: RFC 6762.
 */
import { networkInterfaces } from 'node:os'
import type { Answer } from 'dns-packet'
import type { MulticastDNS, QueryPacket } from 'multicast-dns'
import type { Context } from '../../src/context.ts'
import { isInNetworks, parseNetwork, type Network } from '../../src/base/networks.ts'
import type { Part } from '../parts.ts'

/** How long others may keep the name, in seconds; RFC 6762, section 10. */
const TTL = 120
/** How long the network is asked whether somebody has the name, in milliseconds; section 8.1. */
const PROBE_MS = 750
/** The same is told to all once within that time, in milliseconds, as all have heard it; section 6. */
const BETWEEN_MS = 1_000

export interface LocalNameOptions {
  /** In place of 5353. */
  readonly port?: number
  /** The address of the only interface to be used. */
  readonly interface?: string
}

type Peer = { readonly address: string; readonly port: number }

export class LocalName implements Part {
  readonly #ctx: Pick<Context, 'settings' | 'log' | 'clock'>
  readonly #options: LocalNameOptions
  #socket: MulticastDNS | undefined
  #isOurs = false
  #probe: NodeJS.Timeout | undefined
  /** By what was told: when all heard it last. */
  readonly #told = new Map<string, number>()

  constructor(ctx: Pick<Context, 'settings' | 'log' | 'clock'>, options: LocalNameOptions = {}) {
    this.#ctx = ctx
    this.#options = options
  }

  async start(): Promise<void> {
    const { MDNS_NAME: name, LISTEN_ADDRESS } = this.#ctx.settings
    if (name === undefined) return
    if (/^(?:127\.|::1$|localhost$)/.test(LISTEN_ADDRESS) && this.#options.interface === undefined)
      return this.#ctx.log.warn(
        { name: this.#name },
        'MDNS_NAME has no use while LISTEN_ADDRESS is an address of this machine alone: set it to 0.0.0.0',
      )
    const { default: makeSocket } = await import('multicast-dns')
    // One socket hears all interfaces.
    const socket = makeSocket({ ...this.#options, bind: '0.0.0.0' })
    this.#socket = socket
    socket.on('error', (error: Error) => this.#failed(error))
    socket.on('warning', (error: Error) => this.#ctx.log.debug({ reason: error.message }, 'multicast DNS'))
    socket.on('query', (query, peer) => this.#answer(query, peer))
    socket.on('response', ({ answers = [] }) => this.#heard(answers))
    socket.once('ready', () => {
      // It may have been stopped before.
      if (this.#socket !== socket) return
      socket.query(this.#name, 'A')
      this.#probe = setTimeout(() => this.#take(), PROBE_MS)
    })
  }

  async stop(): Promise<void> {
    clearTimeout(this.#probe)
    const socket = this.#socket
    this.#socket = undefined
    if (!socket) return
    // Others need not wait until it is over.
    if (this.#isOurs) await new Promise((resolve) => socket.respond(this.#records(undefined, 0), resolve))
    this.#isOurs = false
    await new Promise<void>((resolve) => socket.destroy(() => resolve()))
  }

  get #name(): string {
    return `${this.#ctx.settings.MDNS_NAME ?? ''}.local`.toLowerCase()
  }

  #failed(error: Error): void {
    this.#ctx.log.warn({ name: this.#name, reason: error.message }, 'the name in the local network could not be taken')
    this.stop().catch((failure: unknown) => this.#ctx.log.warn({ err: failure }, 'multicast DNS could not be ended'))
  }

  /** Nobody has said that the name is theirs. */
  #take(): void {
    this.#isOurs = true
    this.#ctx.log.info({ name: this.#name }, 'has a name in the local network')
    this.#socket?.respond(this.#records(undefined, TTL))
  }

  #heard(answers: readonly Answer[]): void {
    if (this.#isOurs || this.#probe === undefined) return
    const own = ownAddresses(this.#options.interface).map(({ address }) => address)
    // What another program of this machine says of it is no conflict.
    const other = answers.find(({ name, type }) => type === 'A' && name.toLowerCase() === this.#name)
    if (other && 'data' in other && typeof other.data === 'string' && !own.includes(other.data))
      this.#failed(new Error(`${other.data} has it; give this machine another MDNS_NAME`))
  }

  #answer({ id, questions = [] }: QueryPacket, peer: Peer): void {
    if (!this.#isOurs) return
    const asked = questions.filter(({ name }) => name.toLowerCase() === this.#name).map(({ type }): string => type)
    if (!asked.some((type) => ['A', 'AAAA', 'ANY'].includes(type))) return
    const answers = asked.some((type) => type !== 'AAAA') ? this.#records(peer.address, TTL) : this.#noOther()
    // Programs that ask from a port of their own take no other answer.
    if (peer.port !== (this.#options.port ?? 5353)) return this.#socket?.respond({ id, questions, answers }, peer)
    const now = this.#ctx.clock.monotonic() / 1_000
    const said = JSON.stringify(answers)
    if (now - (this.#told.get(said) ?? -Infinity) < BETWEEN_MS) return
    this.#told.set(said, now)
    this.#socket?.respond(answers)
  }

  /** @param asker undefined: for all @param ttl seconds; 0 ends what was said before */
  #records(asker: string | undefined, ttl: number): Answer[] {
    return this.#addressesFor(asker).map((data): Answer => ({ name: this.#name, type: 'A', ttl, data, flush: true }))
  }

  /** That there is no address of IPv6, so that nobody waits for one. */
  #noOther(): Answer[] {
    return [{ name: this.#name, type: 'NSEC', ttl: TTL, flush: true, data: { nextDomain: this.#name, rrtypes: ['A'] } }]
  }

  /** The addresses at which the asker reaches this machine: in its own network, or else all. */
  #addressesFor(asker: string | undefined): string[] {
    const { LISTEN_ADDRESS } = this.#ctx.settings
    const own = ownAddresses(this.#options.interface)
    const listening = own.filter(({ address }) => LISTEN_ADDRESS === '0.0.0.0' || LISTEN_ADDRESS === '::' || address === LISTEN_ADDRESS)
    const near = asker === undefined ? [] : listening.filter(({ network }) => network !== undefined && isInNetworks(asker, [network]))
    return (near.length > 0 ? near : listening).map(({ address }) => address)
  }
}

interface OwnAddress {
  readonly address: string
  readonly network: Network | undefined
}

/** The addresses of IPv4 that this machine has in its networks. @param only the address of one interface */
const ownAddresses = (only: string | undefined): OwnAddress[] =>
  Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses
      .filter(({ family, internal, address }) => family === 'IPv4' && (only === undefined ? !internal : address === only))
      .map(({ address, cidr }) => ({ address, network: cidr === null ? undefined : parseNetwork(cidr) })),
  )
