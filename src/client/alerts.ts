import type { HttpClient } from './http-client.ts'
import type { Alert, AlertCondition, AlertTrial } from './types.ts'

export interface NewAlert extends AlertCondition {
  /** Made from the condition unless given. */
  name?: string | undefined
  quiet_seconds?: number | undefined
  /** E-mail addresses, phone numbers, http(s) URLs. */
  recipients: string[]
  /** False: kept, and not followed. */
  enabled?: boolean | undefined
}

export type AlertChanges = { [Field in keyof Omit<NewAlert, 'name'>]?: NewAlert[Field] | undefined } & { new_name?: string | undefined }

/** Rules by which the server tells people that values are not as they should be, or stay away. */
export class Alerts {
  readonly #http: HttpClient

  constructor(http: HttpClient) {
    this.#http = http
  }

  /** The rules of a sequence or controller, of all in a folder, or all that the caller may see. */
  async list(path?: string): Promise<Alert[]> {
    return (await this.#http.json('GET', '/alerts', { query: { path } })) as Alert[]
  }

  /** @returns the rule's name */
  async create(path: string, alert: NewAlert): Promise<string> {
    return ((await this.#http.json('POST', '/alerts', { json: { path, ...alert } })) as { name: string }).name
  }

  /** Changes a rule: what is not given stays. @returns its name, which is another one when that is made from the condition */
  async update(path: string, name: string, changes: AlertChanges): Promise<string> {
    return ((await this.#http.json('PUT', '/alerts', { json: { path, name, ...changes } })) as { name: string }).name
  }

  async remove(path: string, name: string): Promise<void> {
    await this.#http.json('DELETE', '/alerts', { query: { path, name } })
  }

  /** When a rule, by its name or by its condition, would have been on, by the values that are stored. */
  async test(
    path: string,
    rule: string | AlertCondition,
    range: { start?: string | undefined; end?: string | undefined } = {},
  ): Promise<AlertTrial> {
    const query = typeof rule === 'string' ? { name: rule } : { ...rule }
    return (await this.#http.json('GET', '/alerts/test', {
      query: { path, ...query, start_timestamp: range.start, end_timestamp: range.end },
    })) as AlertTrial
  }
}
