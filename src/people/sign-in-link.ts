/** A link that signs its holder in, once: for whoever starts a demo, whose account has no password that anybody knows. */
import type { Context } from '../context.ts'
import { FirstRunLink } from './first-run.ts'

/** The link that is valid now; memory keeps its hash. */
export class SignInLink {
  readonly #link = new FirstRunLink()
  #userId = 0

  /** Makes a link for a user, valid for a day, which voids the one before. @returns the path of its page */
  offer({ clock }: Pick<Context, 'clock'>, userId: number): string {
    this.#userId = userId
    return `/-/sign-in/${this.#link.renew(clock.monotonic())}`
  }

  /** Uses the link up. @returns the user; undefined when it is wrong, was used, or is too old */
  take({ clock }: Pick<Context, 'clock'>, token: string): number | undefined {
    if (!this.#link.fits(token, clock.monotonic())) return undefined
    this.#link.close()
    return this.#userId
  }
}
