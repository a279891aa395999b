/**
 * Which lab a server has, and since which take-over. A number, the epoch, grows each time that a standby takes the lab over: of two servers
 * with the same lab the one with the higher number is it, and the other one changes nothing any more.
 */
import { Fault } from '../base/fault.ts'
import type { Micros } from '../base/time.ts'
import { LAB_EPOCH } from '../attributes/lab-id.ts'
import type { Context } from '../context.ts'
import { changeJson } from '../database/json-columns.ts'
import { transact } from '../database/transact.ts'
import { SYSTEM_FOLDER } from '../wire/resource-types.ts'

/** The server that has the lab now. */
export interface Successor {
  readonly epoch: number
  /** Its URL; undefined when that is not known. */
  readonly url: string | undefined
}

export class LabStanding {
  #id = ''
  #epoch = 0
  #successor: Successor | undefined
  /** URL of the server that follows this one, or that it followed. */
  peer: string | undefined
  /** Of a standby: of which server, and how far behind it is, for people. */
  describeStandby: (() => string) | undefined
  /** Called once, when another server is the lab. */
  onYield: () => void = () => {}
  #follower: { url: string; asked: Micros } | undefined

  /** '' in a read-only server whose database never had one. */
  get id(): string {
    return this.#id
  }
  /** How many times the lab was taken over by a standby. */
  get epoch(): number {
    return this.#epoch
  }
  /** undefined: as far as is known this server is the lab. */
  get successor(): Successor | undefined {
    return this.#successor
  }

  /** The standby that asked last, and when, by the monotonic clock. */
  get follower(): { readonly url: string; readonly asked: Micros } | undefined {
    return this.#follower
  }

  followedBy(url: string, now: Micros): void {
    this.#follower = { url, asked: now }
  }

  settle(id: string, epoch: number): void {
    this.#id = id
    this.#epoch = epoch
  }

  /** Another server is the lab. */
  yieldTo(successor: Successor): void {
    this.#successor = successor
    this.onYield()
  }
}

export const describeSuccessor = ({ epoch, url }: Successor): string =>
  `Another server has taken this lab over (take-over ${epoch}${url === undefined ? '' : `, ${url}`}): this one is read-only. Send to the ` +
  'other one; make this one its standby with "rhizo standby follow".'

/**
 * From now on this server changes nothing, as another one is the lab.
 * @returns false when that one's number is not higher: then this one stays the lab
 */
export function yieldLab(ctx: Context, successor: Successor): boolean {
  if (successor.epoch <= ctx.lab.epoch) return false
  if (ctx.lab.successor) return true
  ctx.lab.yieldTo(successor)
  ctx.engine.refuse(new Fault('busy', describeSuccessor(successor), { retryAfter: 3_600 }))
  ctx.log.error({ epoch: successor.epoch, own: ctx.lab.epoch, url: successor.url }, describeSuccessor(successor))
  return true
}

/** Takes the lab over: durable when this resolves. @param least the number is higher than this one too @returns the new number */
export async function raiseEpoch(ctx: Context, least = 0): Promise<number> {
  const epoch = Math.max(ctx.lab.epoch, least) + 1
  await transact(ctx, (tx) =>
    changeJson(tx, 'resources.system_attributes', ctx.tree.descend([SYSTEM_FOLDER])?.id ?? 0, (attributes) =>
      JSON.stringify({ ...attributes, [LAB_EPOCH]: epoch }),
    ),
  )
  ctx.lab.settle(ctx.lab.id, epoch)
  return epoch
}
