/** What a server says of its part: to everybody which lab it is and since when, to system admins who follows it. */
import { SECOND } from '../base/time.ts'
import { equalSecrets, sign } from '../base/secrets.ts'
import type { Context } from '../context.ts'
import { requireSystemAdmin, type Actor } from '../tree/actor.ts'

/** lab: it is the lab. standby: follows another server. retired: another server has taken it over. read-only: it shows a lab. */
export type Role = 'lab' | 'standby' | 'retired' | 'read-only'

export const roleOf = ({ lab, engine }: Context): Role =>
  lab.successor ? 'retired' : engine.refresh ? 'standby' : engine.isReadOnly ? 'read-only' : 'lab'

/** Only servers that know the lab's SALT can say it. */
const proofOf = (salt: string, lab: string, epoch: number): string => sign(`standing\n${lab}\n${epoch}`, salt)

export interface Standing {
  readonly lab: string
  /** How many times a standby took the lab over. */
  readonly epoch: number
  readonly role: Role
  readonly proof: string
}

/** For /health: it costs nothing. */
export function standingOf(ctx: Context): Standing {
  const { id: lab, epoch } = ctx.lab
  return { lab, epoch, role: roleOf(ctx), proof: proofOf(ctx.settings.SALT, lab, epoch) }
}

export const isProven = (salt: string, { lab, epoch, proof }: Pick<Standing, 'lab' | 'epoch' | 'proof'>): boolean =>
  equalSecrets(proof, proofOf(salt, lab, epoch))

/** @throws Fault forbidden */
export function describeStanding(ctx: Context, actor: Actor): object {
  requireSystemAdmin(actor, 'see which server is the lab')
  const { lab, epoch, role } = standingOf(ctx)
  const { follower, successor } = ctx.lab
  return {
    lab,
    epoch,
    role,
    follower: follower ? { url: follower.url, asked_s_ago: (ctx.clock.monotonic() - follower.asked) / SECOND } : null,
    successor: successor ? { epoch: successor.epoch, url: successor.url ?? null } : null,
  }
}
