/** Alert rules of sequences and controllers, over HTTP. */
import type { HttpClient } from './http-client.ts'
import type { SentTest } from '../wire/answers.ts'
import type { Alert, AlertCondition, AlertHistory, AlertMute, AlertTrial } from './types.ts'

export interface NewAlert extends AlertCondition {
  /** Derived from the condition unless given. */
  name?: string | undefined
  quiet_seconds?: number | undefined
  /** E-mail addresses, phone numbers, http(s) URLs. */
  recipients: string[]
  /** False: the rule is kept, but not evaluated. */
  enabled?: boolean | undefined
  /** Who is told when nobody says within that time that they take care of it. */
  escalate_after_seconds?: number | undefined
  escalate_to?: string[] | undefined
  /** It writes a note over the stretch for which it is on. */
  note?: boolean | undefined
  /** The others who were told hear that somebody takes care. */
  tell_acknowledgement?: boolean | undefined
}

export type AlertChanges = { [Field in keyof Omit<NewAlert, 'name'>]?: NewAlert[Field] | undefined } & { new_name?: string | undefined }

export interface SavedAlert {
  name: string
  /** Why somebody whom it is to tell can't be told now, in sentences. */
  warnings: string[]
}

const savedOf = (answer: unknown): SavedAlert => {
  const { name, warnings = [] } = answer as { name: string; warnings?: string[] }
  return { name, warnings }
}

/** Rules by which the server notifies people when values leave their limits or stop arriving. */
export class Alerts {
  readonly #http: HttpClient

  constructor(http: HttpClient) {
    this.#http = http
  }

  /** The rules of one sequence or controller, of all in a folder, or all that the caller may see. */
  async list(path?: string): Promise<Alert[]> {
    return (await this.#http.json('GET', '/alerts', { query: { path } })) as Alert[]
  }

  /** @returns the rule's name */
  async create(path: string, alert: NewAlert): Promise<string> {
    return (await this.add(path, alert)).name
  }

  /** Like {@link create}, and says why it could not reach those whom it tells. */
  async add(path: string, alert: NewAlert): Promise<SavedAlert> {
    return savedOf(await this.#http.json('POST', '/alerts', { json: { path, ...alert } }))
  }

  /** Changes a rule; fields that are not given keep their value. @returns its name, which changes if it is derived from the condition */
  async update(path: string, name: string, changes: AlertChanges): Promise<string> {
    return (await this.change(path, name, changes)).name
  }

  /** Like {@link update}, and says why it could not reach those whom it tells. */
  async change(path: string, name: string, changes: AlertChanges): Promise<SavedAlert> {
    return savedOf(await this.#http.json('PUT', '/alerts', { json: { path, name, ...changes } }))
  }

  /**
   * Sends a test message, and says what came of the first attempt.
   * @param path a sequence or controller; undefined: the caller's own address
   * @param recipients instead of those that its alerts and watchdog tell
   */
  async sendTest(path?: string, recipients?: string[]): Promise<SentTest[]> {
    return ((await this.#http.json('POST', '/alerts/test', { json: { path, recipients } })) as { results: SentTest[] }).results
  }

  async remove(path: string, name: string): Promise<void> {
    await this.#http.json('DELETE', '/alerts', { query: { path, name } })
  }

  /** When alerts were on, the newest first; of one sequence or controller, of all in a folder, or all that the caller may see. */
  async history(
    path?: string,
    query: {
      name?: string | undefined
      start?: string | undefined
      end?: string | undefined
      count?: number | undefined
      before?: number
    } = {},
  ): Promise<AlertHistory[]> {
    const { start, end, ...rest } = query
    return (await this.#http.json('GET', '/alerts/history', {
      query: { path, start_timestamp: start, end_timestamp: end, ...rest },
    })) as AlertHistory[]
  }

  async mutes(path?: string): Promise<AlertMute[]> {
    return (await this.#http.json('GET', '/alerts/mutes', { query: { path } })) as AlertMute[]
  }

  /** Keeps the beginnings of alerts from being told for a while. @param wish how long, in seconds, or until when */
  async mute(
    path: string,
    wish: {
      name?: string | undefined
      reason?: string | undefined
      for_seconds?: number | undefined
      until_timestamp?: string | undefined
    },
  ): Promise<AlertMute> {
    return (await this.#http.json('POST', '/alerts/mute', { json: { path, ...wish } })) as AlertMute
  }

  async unmute(path: string, name?: string): Promise<void> {
    await this.#http.json('DELETE', '/alerts/mute', { query: { path, name } })
  }

  /** Says that the caller takes care of the alerts that are on. @returns those */
  async acknowledge(path: string, options: { name?: string | undefined; note?: string | undefined } = {}): Promise<AlertHistory[]> {
    return ((await this.#http.json('POST', '/alerts/ack', { json: { path, ...options } })) as { alerts: AlertHistory[] }).alerts
  }

  /** Evaluates a rule, given by its name or its condition, on the stored values: when would it have been on? */
  async test(
    path: string,
    rule: string | AlertCondition,
    range: { start?: string | undefined; end?: string | undefined } = {},
  ): Promise<AlertTrial> {
    const query =
      typeof rule === 'string'
        ? { name: rule }
        : { ...rule, schedule: rule.schedule === undefined ? undefined : JSON.stringify(rule.schedule) }
    return (await this.#http.json('GET', '/alerts/test', {
      query: { path, ...query, start_timestamp: range.start, end_timestamp: range.end },
    })) as AlertTrial
  }
}
