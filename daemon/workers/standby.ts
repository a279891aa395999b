/** The part of the daemon that a standby has in addition, and the one by which a lab sees that it is the only one. */
import { Gauge } from 'prom-client'
import { Fault } from '../../src/base/fault.ts'
import type { Context } from '../../src/context.ts'
import type { FollowLoop } from '../../src/standby/follow-loop.ts'
import type { Applied, Follower } from '../../src/standby/follower.ts'
import { lookAtPeer } from '../../src/standby/peer-watch.ts'
import type { Metrics } from '../metrics.ts'
import type { Part } from '../parts.ts'
import { Periodic } from './periodic.ts'

const EVERY_MS = 10_000
/** Seconds behind from which on somebody should look after it. */
const FAR_BEHIND = 30
/** Seconds up to which a standby is as near as it can be. */
const NEAR = 5
/** How often what changes all the time is read again. */
const LIVENESS_EVERY_MS = 5_000

/** Keeps what is in memory like the database that changes beneath, and says how far behind the lab that is. */
export class StandbyWorker implements Part {
  readonly #ctx: Context
  readonly #metrics: Metrics
  readonly #follower: Follower
  readonly #loop: FollowLoop
  #livenessAt = 0

  constructor(ctx: Context, metrics: Metrics, { follower, loop }: { follower: Follower; loop: FollowLoop }) {
    this.#ctx = ctx
    this.#metrics = metrics
    this.#follower = follower
    this.#loop = loop
  }

  async start(): Promise<void> {
    const { engine } = this.#ctx
    const follower = this.#follower
    const { server } = follower.record
    engine.refuse(
      new Fault('busy', `This server is a standby of ${server}: it shows what is there, and changes nothing. Send to the other one.`, {
        retryAfter: 60,
      }),
    )
    this.#ctx.lab.describeStandby = () => describeStandby(server, follower.secondsBehind)
    follower.onApplied = (applied) => this.#refresh(applied)
    // What became visible since the database was opened.
    await this.#refresh({ isTreeChanged: true })
    this.#metrics.facts.set('behind_s', () => follower.secondsBehind)
    this.#metrics.facts.set('point', () => follower.record.point)
    this.#metrics.checks.set('standby', () => {
      const behind = follower.secondsBehind ?? Number.POSITIVE_INFINITY
      if (behind < FAR_BEHIND) return { state: 'ok' }
      const { problem } = this.#loop
      const message = `The standby is ${Math.round(behind)} s behind ${server}${problem === undefined ? '.' : `: ${problem}`}`
      return { state: 'warning', message }
    })
    new Gauge({
      name: 'rhizo_standby_behind_seconds',
      help: 'For how long the lab may have acknowledged what this standby does not have.',
      registers: [this.#metrics.registry],
      collect() {
        this.set(follower.secondsBehind ?? Number.NaN)
      },
    })
  }

  async stop(): Promise<void> {
    this.#follower.onApplied = async () => {}
  }

  async #refresh({ isTreeChanged }: Applied): Promise<void> {
    const { engine, tree, keys, corrections, sequenceStates, liveness, db } = this.#ctx
    engine.refresh?.()
    corrections.clear()
    sequenceStates.clear()
    if (isTreeChanged) await tree.load(db)
    keys.clear()
    if (performance.now() - this.#livenessAt < LIVENESS_EVERY_MS) return
    this.#livenessAt = performance.now()
    await liveness.load()
  }
}

function describeStandby(server: string | undefined, behind: number | undefined): string {
  const far = behind === undefined ? '' : behind < NEAR ? `, some seconds behind` : `, ${Math.round(behind)} seconds behind`
  return `This is the standby of ${server}${far}: it shows what is there, and nothing can be changed here.`
}

/** Looks again and again whether another server has taken the lab over: then nothing is accepted any more. */
export class PeerWatch implements Part {
  readonly #watch: Periodic

  constructor(ctx: Context) {
    this.#watch = new Periodic(ctx, {
      name: 'asking which server is the lab',
      everyMs: EVERY_MS,
      isFirstAtStart: true,
      run: () => lookAtPeer(ctx),
    })
  }

  async start(): Promise<void> {
    await this.#watch.start()
  }

  run(): Promise<void> {
    return this.#watch.run()
  }

  stop(): Promise<void> {
    return this.#watch.stop()
  }
}
