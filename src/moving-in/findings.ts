/** What an import tells of itself: names that changed, what was changed, and what can't be taken. */

/** Of each kind; the others are counted. */
const MAX_TOLD = 1_000

/** Something gets another name than it had. */
export interface Renamed {
  /** `resource`, `user name` or `e-mail address`. */
  readonly what: string
  readonly from: string
  readonly to: string
  /** As the end of a sentence about it. */
  readonly reason: string
}

/** Something that comes along in another form. */
export interface Changed {
  readonly subject: string
  /** As the end of a sentence about it. */
  readonly change: string
}

/** Something that does not come along. */
export interface LeftOut {
  readonly subject: string
  /** As the end of a sentence about it. */
  readonly problem: string
}

export class Findings {
  readonly renamed: Renamed[] = []
  readonly changed: Changed[] = []
  readonly leftOut: LeftOut[] = []
  /** Those that are not told one by one. */
  untold = 0

  rename(one: Renamed): void {
    this.#add(this.renamed, one)
  }
  change(subject: string, change: string): void {
    this.#add(this.changed, { subject, change })
  }
  leave(subject: string, problem: string): void {
    this.#add(this.leftOut, { subject, problem })
  }

  #add<T>(list: T[], one: T): void {
    if (list.length < MAX_TOLD) list.push(one)
    else this.untold++
  }
}
