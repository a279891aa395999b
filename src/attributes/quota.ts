/** What an organization may take of the server: the attribute `quota` of its folder, which system admins set. */
import { invalid } from '../base/fault.ts'
import { isObject } from '../base/json.ts'

/** Bytes of files and images with their earlier revisions, number of sequences, number of retained MQTT messages. */
export const QUOTA_KINDS = ['file_bytes', 'sequences', 'retained_messages'] as const
export type QuotaKind = (typeof QUOTA_KINDS)[number]

/** What is missing has no limit. */
export type Quota = Readonly<Partial<Record<QuotaKind, number>>>

/** The quota in an organization's attributes; undefined when there is none. */
export function readQuota(value: unknown): Quota | undefined {
  if (!isObject(value)) return undefined
  const entries = QUOTA_KINDS.flatMap((kind) => (isLimit(value[kind]) ? [[kind, value[kind]] as const] : []))
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

/** A limit as people give it; null: none. @throws Fault invalid naming the field */
export function parseLimit(text: string, field: string): number | null {
  if (text === '' || text === 'none') return null
  const limit = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (!isLimit(limit)) throw invalid(`${field} must be a whole number from 0 on, or "none", not ${JSON.stringify(text.slice(0, 40))}.`)
  return limit
}

const isLimit = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
