/** The result of an examination. */

export interface Finding {
  /** The part of the examination that found it. */
  readonly check: 'settings' | 'permissions' | 'exposure' | 'database' | 'messages' | 'values' | 'files' | 'machine' | 'extensions'
  /** error: something is lost or does not work. warning: that will happen, or may. */
  readonly severity: 'error' | 'warning'
  /** What it is about: the path of a resource, a file, a setting. */
  readonly subject: string
  /** What is wrong, as the rest of a sentence about the subject. */
  readonly problem: string
  /** What to do. */
  readonly advice: string
}

/** Hears how far the parts are that take long. */
export interface Watch {
  /** @param total values of blocks, or revisions of files */
  begin(what: 'values' | 'files', total: number): { advance(amount: number): void; end(): void }
}

export const unwatched: Watch = { begin: () => ({ advance: () => {}, end: () => {} }) }

/** How many of each were examined. */
export type Counts = Record<'settings' | 'tables' | 'resources' | 'journal_records' | 'blocks' | 'values' | 'revisions' | 'files', number>

export class Report {
  readonly findings: Finding[] = []
  readonly counts: Counts = { settings: 0, tables: 0, resources: 0, journal_records: 0, blocks: 0, values: 0, revisions: 0, files: 0 }

  error(check: Finding['check'], subject: string, problem: string, advice: string): void {
    this.findings.push({ check, severity: 'error', subject, problem, advice })
  }

  warn(check: Finding['check'], subject: string, problem: string, advice: string): void {
    this.findings.push({ check, severity: 'warning', subject, problem, advice })
  }

  /** Runs a part of the examination; an error that ends it early is reported as a finding. */
  async run(check: Finding['check'], subject: string, part: () => Promise<void> | void): Promise<void> {
    try {
      await part()
    } catch (error) {
      this.error(
        check,
        subject,
        `could not be examined to the end: ${reasonOf(error)}`,
        'See that this user may read it, and that the disk is sound; then run the command again.',
      )
    }
  }
}

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
