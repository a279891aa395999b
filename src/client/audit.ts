/** The audit trail: who did what, to whom, from where. */
import type { AuditInfo } from '../wire/answers.ts'
import type { HttpClient } from './http-client.ts'

export interface AuditQuery {
  /** For admins of an organization: what was done there. */
  organizationId?: number | undefined
  kind?: string | undefined
  user?: string | undefined
  thing?: string | undefined
  start?: string | undefined
  end?: string | undefined
  /** Records with larger ids only, oldest first. */
  after?: number | undefined
  /** At most this many, the newest. */
  count?: number | undefined
}

/** The most that the server returns at a time. */
const PAGE = 1_000

export class Audit {
  readonly #http: HttpClient

  constructor(http: HttpClient) {
    this.#http = http
  }

  /** Newest first; with `after` oldest first. */
  async list({ organizationId, start, end, after, count = 100, ...query }: AuditQuery = {}): Promise<AuditInfo[]> {
    const records: AuditInfo[] = []
    let [before, from] = [undefined as number | undefined, after]
    while (records.length < count) {
      const size = Math.min(PAGE, count - records.length)
      const page = (await this.#http.json('GET', '/audit', {
        query: { ...query, organization_id: organizationId, start_timestamp: start, end_timestamp: end, before, after: from, count: size },
      })) as AuditInfo[]
      records.push(...page)
      if (after === undefined) before = page.at(-1)?.id
      else from = page.at(-1)?.id
      if (page.length < size) break
    }
    return records
  }
}
