/** What an examination found. */

export interface Finding {
  /** Which part of the examination it comes from. */
  readonly check: 'settings' | 'permissions' | 'database' | 'values' | 'files' | 'machine'
  /** error: something is lost or does not work. warning: it will be, or may be. */
  readonly severity: 'error' | 'warning'
  /** What it is about: a path of a resource, a file, a setting. */
  readonly subject: string
  /** What is wrong with it, as the rest of a sentence. */
  readonly problem: string
  /** What to do. */
  readonly advice: string
}

/** How much of each was looked at. */
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

  /** Runs a part of the examination; what ends it early is a finding too. */
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
