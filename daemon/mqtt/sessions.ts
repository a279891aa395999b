/** All sessions, those too whose clients are away: which client continues which, how many there may be, and when they end. */
import type { Actor } from '../../src/tree/actor.ts'
import type { Context } from '../../src/context.ts'
import type { MqttQueueRow, MqttSessionRow } from '../../src/database/mqtt-tables.ts'
import { Fault } from '../../src/base/fault.ts'
import type { MqttState } from '../../src/messages/mqtt-records.ts'
import { SECOND, formatTimestamp } from '../../src/base/time.ts'
import type { MqttServices } from './services.ts'
import type { Peer } from './peer.ts'
import type { RefusalLog } from './refusal-log.ts'
import { Session, type SessionOptions } from './session.ts'
import { SessionMemory } from './session-memory.ts'
import type { Subscription } from './topic-tree.ts'

export class Sessions {
  readonly #ctx: Context
  readonly #services: MqttServices
  readonly #options: SessionOptions
  readonly #refusals: RefusalLog
  readonly #sessions = new Map<string, Session>()
  #lastId = 0

  /** @param dropped counts a message that a client did not fetch in time */
  constructor(services: MqttServices, refusals: RefusalLog, dropped: () => void) {
    const { ctx, records } = services
    const { MQTT_MAX_QUEUED: maxQueued, MAX_OUTBOX_SIZE: maxBytes } = ctx.settings
    const memory = SessionMemory.for(ctx.settings)
    this.#ctx = ctx
    this.#services = services
    this.#refusals = refusals
    this.#options = {
      maxQueued,
      maxBytes,
      records,
      memory,
      grew: () => memory.makeRoom(this.#sessions.values()),
      dropped: ({ id }) => {
        dropped()
        refusals.add('dropped the oldest message for an MQTT client that does not fetch them', {
          reason:
            `more than ${maxQueued} messages (MQTT_MAX_QUEUED) or ${maxBytes} bytes (MAX_OUTBOX_SIZE) wait for ${id}, ` +
            'or more in all than the server holds in memory',
        })
      },
    }
  }

  /** Sessions of clients that asked to have them kept, and what waits in them. */
  count(): { kept: number; queued: number } {
    const kept = [...this.#sessions.values()].filter(({ isKept }) => isKept)
    return { kept: kept.length, queued: kept.reduce((sum, { queued }) => sum + queued, 0) }
  }

  /** Takes back what was on the disk when the daemon started. */
  restore({ sessions, queue }: MqttState): void {
    const rows = new Map<number, MqttQueueRow[]>()
    for (const row of queue) {
      const list = rows.get(row.session_id)
      if (list) list.push(row)
      else rows.set(row.session_id, [row])
    }
    for (const row of sessions) {
      const session = new Session(this.#ctx, row.name, JSON.parse(row.actor) as Actor, row.id, this.#options)
      for (const [filter, kept] of Object.entries(JSON.parse(row.filters) as Record<string, Subscription | Subscription['qos']>))
        this.#services.router.subscribe(session, filter, typeof kept === 'number' ? { qos: kept } : kept)
      session.expiry = row.expiry ?? undefined
      for (const id of JSON.parse(row.received) as number[]) session.received.add(id)
      session.restore(rows.get(row.id) ?? [])
      session.goneSince = row.gone_timestamp ?? this.#ctx.believed.now()
      if (row.gone_timestamp === null) this.record(session)
      this.#sessions.set(session.id, session)
      this.#lastId = Math.max(this.#lastId, row.id)
    }
  }

  /** The connection that has the session of a name now. */
  connected(name: string): Peer | undefined {
    return this.#sessions.get(name)?.peer
  }

  /**
   * Gives a connection its session; another connection that has it was ended before.
   * @param isContinued goes on with what was kept under that name; otherwise that is gone
   * @param expiry seconds for which it is kept without a connection; undefined: as long as the setting says; 0: it ends with it
   * @returns whether it goes on with one @throws Fault busy
   */
  open(name: string, peer: Peer, isContinued: boolean, expiry: number | undefined): boolean {
    const former = this.#sessions.get(name)
    if (former?.isKept && isContinued) {
      former.actor = peer.actor
      former.expiry = expiry
      this.#attach(former, peer)
      return true
    }
    if (former) this.end(former)
    if (expiry === 0) this.#attach(new Session(this.#ctx, name, peer.actor, undefined, this.#options), peer)
    else {
      const session = new Session(this.#ctx, name, peer.actor, this.#lastId + 1, this.#options)
      session.expiry = expiry
      this.#makeRoom(session.owner)
      this.#lastId++
      this.#attach(session, peer, true)
    }
    return false
  }

  #attach(session: Session, peer: Peer, isNew = false): void {
    session.peer = peer
    session.goneSince = undefined
    peer.session = session
    this.#sessions.set(session.id, session)
    this.record(session, isNew)
  }

  /** Of too many sessions the one goes whose client is away for the longest. @throws Fault busy when all are connected */
  #makeRoom(owner: string): void {
    const { MQTT_MAX_SESSIONS: limit } = this.#ctx.settings
    const own = [...this.#sessions.values()].filter((session) => session.isKept && session.owner === owner)
    if (own.length < limit) return
    const gone = own.filter(({ peer }) => !peer).sort((a, b) => (a.goneSince ?? 0) - (b.goneSince ?? 0))[0]
    if (!gone)
      throw new Fault(
        'busy',
        `${limit} sessions are the most that are kept for one controller or user (MQTT_MAX_SESSIONS): connect with clean=true, ` +
          'or with an id that is always the same.',
      )
    this.#refusals.add('ended the MQTT session that was unused for the longest', {
      reason: `${limit} sessions are the most that are kept for one controller or user (MQTT_MAX_SESSIONS): ${gone.id}`,
    })
    this.end(gone)
  }

  /** The connection of a session is closed. */
  left(session: Session): void {
    session.replay?.goOn()
    session.peer = undefined
    if (!session.isKept || session.expiry === 0) return this.end(session)
    session.goneSince = this.#ctx.believed.now()
    this.record(session)
  }

  end(session: Session): void {
    for (const filter of [...session.filters.keys()]) this.#services.router.unsubscribe(session, filter)
    if (session.peer) session.peer.session = undefined
    session.peer = undefined
    session.ended()
    if (this.#sessions.get(session.id) === session) this.#sessions.delete(session.id)
    if (session.recordId !== undefined) this.#services.records.removeSession(session.recordId)
    this.#services.wills.sessionEnded(session.id)
  }

  /** Changes which messages of QoS 2 a client has begun. Resolves when that is on the disk, for a session that is kept. */
  async noteReceived(session: Session | undefined, change: (received: Set<number>) => void): Promise<void> {
    if (!session) return
    change(session.received)
    if (!session.isKept) return
    this.record(session)
    await this.#services.records.durable()
  }

  /** Notes that a session changed, if it is kept. */
  record(session: Session, isNew = false): void {
    const { recordId } = session
    if (recordId !== undefined) this.#services.records.putSession(recordId, () => rowOf(session, recordId), isNew)
  }

  /** Ends sessions that nobody will continue, with all that waits for them. */
  expire(): void {
    const { believed, settings } = this.#ctx
    const now = believed.now()
    const longest = settings.MQTT_SESSION_LIFETIME
    const endOf = believed.removableBefore(longest * SECOND)
    for (const session of [...this.#sessions.values()]) {
      const { actor, goneSince, expiry = longest } = session
      const before = expiry >= longest ? endOf : believed.removableBefore(expiry * SECOND)
      if (session.peer || goneSince === undefined) continue
      // Its client left while the clock was ahead.
      if (goneSince > now) session.goneSince = now
      const isOrphan = actor.kind === 'controller' && !this.#ctx.tree.byId(actor.controllerId)
      if (!isOrphan && goneSince > before) continue
      this.#ctx.log.info(
        {
          session: session.id,
          queued: session.queued,
          gone_since: formatTimestamp(goneSince),
          reason: isOrphan
            ? 'the controller was deleted'
            : expiry >= longest
              ? 'unused for longer than MQTT_SESSION_LIFETIME'
              : 'unused for longer than its client asked for',
        },
        'ended an MQTT session',
      )
      this.end(session)
    }
  }
}

function rowOf({ id, actor, filters, received, goneSince, expiry }: Session, recordId: number): MqttSessionRow {
  return {
    id: recordId,
    name: id,
    actor: JSON.stringify(actor),
    // One that wants nothing but its quality of service is as it was before MQTT 5.
    filters: JSON.stringify(
      Object.fromEntries([...filters].map(([filter, one]) => [filter, Object.keys(one).length === 1 ? one.qos : one])),
    ),
    received: JSON.stringify([...received]),
    gone_timestamp: goneSince ?? null,
    expiry: expiry ?? null,
  }
}
