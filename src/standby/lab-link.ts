/** A standby's way to the lab that it follows. */
import type { IncomingMessage } from 'node:http'
import { Fault } from '../base/fault.ts'
import { isObject } from '../base/json.ts'
import { HttpClient } from '../client/http-client.ts'
import { askPlainly } from '../client/own-machine.ts'
import type { PagePosition } from '../database/sqlite/pages.ts'
import type { Successor } from '../resources/lab-standing.ts'
import { unpackBatch, unpackChanges, type ChangesHead } from './batch.ts'
import type { NamedContent } from './leader.ts'

/** Milliseconds without a byte after which the lab is out of reach. */
const PATIENCE = 15_000

/** What a server says of itself without a key. */
export interface Standing {
  readonly lab: string | undefined
  readonly epoch: number
  /** lab: values can be stored there, or could. */
  readonly role: string | undefined
  readonly proof: string
  /** Of a standby: seconds that it is behind, and the moment whose state it has. */
  readonly behind: number | undefined
  readonly point: string | undefined
}

export class LabLink {
  readonly url: string
  readonly #http: HttpClient

  constructor(url: string, key: string | undefined, timeout = PATIENCE) {
    this.#http = new HttpClient({ url, key, timeout })
    this.url = this.#http.url
  }

  /** Each method throws a Fault with the server's sentence, and Unreachable when there is no answer. */
  async changes(
    since: PagePosition | undefined,
    { epoch, url, signal }: { epoch: number; url: string | undefined; signal: AbortSignal },
  ): Promise<{ head: ChangesHead; pages: Uint8Array }> {
    const query = { epoch, url, ...(since ? { run: since.run, until: since.until } : {}) }
    return unpackChanges(await this.#http.bytes('GET', '/standby/changes', { query, signal }))
  }

  /** @param from group of pages */
  async hashes(from: number, signal: AbortSignal): Promise<{ groups: number; hashes: Uint8Array }> {
    const { head, pages: hashes } = unpackBatch(await this.#http.bytes('GET', '/standby/hashes', { query: { from }, signal }))
    return { groups: Number(head['groups']), hashes }
  }

  async groups(groups: readonly number[], signal: AbortSignal): Promise<Uint8Array> {
    return unpackBatch(await this.#http.bytes('GET', '/standby/pages', { query: { groups: groups.join(',') }, signal })).pages
  }

  async contents(after: number, signal: AbortSignal): Promise<{ contents: NamedContent[]; more: boolean }> {
    const answer = await this.#http.json('GET', '/standby/contents', { query: { after }, signal })
    if (!isObject(answer) || !Array.isArray(answer['contents'])) throw new Fault('invalid', `${this.url} sent no list of contents.`)
    return { contents: answer['contents'].filter(isContent), more: answer['more'] === true }
  }

  content(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    return this.#http.open('GET', `/standby/contents/${path}`, { signal })
  }

  async settings(): Promise<{ lab: string; settings: string }> {
    const answer = await this.#http.json('GET', '/standby/settings')
    const { lab, settings } = isObject(answer) ? answer : {}
    if (typeof lab !== 'string' || typeof settings !== 'string') throw new Fault('invalid', `${this.url} sent no settings.`)
    return { lab, settings }
  }

  /** Says that another server is the lab. */
  async tell(successor: Successor & { lab: string }): Promise<void> {
    await this.#http.json('PUT', '/standby/successor', { json: { ...successor } })
  }

  close(): void {
    this.#http.close()
  }
}

const isContent = (value: unknown): value is NamedContent =>
  isObject(value) &&
  typeof value['id'] === 'number' &&
  typeof value['path'] === 'string' &&
  /^[0-9a-f]{2}\/[0-9a-f]+$/.test(value['path']) &&
  typeof value['size'] === 'number' &&
  typeof value['hash'] === 'string'

/** Asks a server who it is. @returns undefined when it does not answer as a rhizo server */
export async function askStanding(url: string, milliseconds: number): Promise<Standing | undefined> {
  try {
    const { text } = await askPlainly(`${url.replace(/(?<!\/)\/+$/, '')}/health?live=1`, milliseconds)
    const answer: unknown = JSON.parse(text)
    if (!isObject(answer)) return undefined
    const { lab, epoch, role, proof, behind_s: behind, point } = answer
    return {
      lab: typeof lab === 'string' ? lab : undefined,
      epoch: typeof epoch === 'number' ? epoch : 0,
      role: typeof role === 'string' ? role : undefined,
      proof: typeof proof === 'string' ? proof : '',
      behind: typeof behind === 'number' ? behind : undefined,
      point: typeof point === 'string' ? point : undefined,
    }
  } catch {
    return undefined
  }
}
