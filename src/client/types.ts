/** What the API answers, as the client library returns it. Times are ISO 8601 UTC text unless a field says otherwise. */

export const RESOURCE_TYPES = {
  basic_folder: 10,
  organization_folder: 11,
  controller_folder: 12,
  remote_folder: 13,
  file: 20,
  sequence: 21,
  app: 22,
} as const

export type ResourceType = keyof typeof RESOURCE_TYPES

export const DATA_TYPES = { numeric: 1, text: 2, image: 3 } as const

export type DataType = keyof typeof DATA_TYPES

const RESOURCE_TYPE_NAMES = new Map<number, ResourceType>(
  Object.entries(RESOURCE_TYPES).map(([name, number]) => [number, name as ResourceType]),
)
const DATA_TYPE_NAMES = new Map<number, DataType>(Object.entries(DATA_TYPES).map(([name, number]) => [number, name as DataType]))

/** `file` for 20. A type that this version does not know is `type 99`. */
export const resourceTypeName = (type: number): string => RESOURCE_TYPE_NAMES.get(type) ?? `type ${type}`
export const dataTypeName = (type: number): string => DATA_TYPE_NAMES.get(type) ?? `type ${type}`

export const isFolderType = (type: number): boolean => type >= RESOURCE_TYPES.basic_folder && type <= RESOURCE_TYPES.remote_folder

/** `[type, principal id, level]`; see the protocol, section 3. */
export type PermissionRecord = [type: number, principalId: number | null, level: number]

/** A resource as listings and `meta=1` return it; the fields after `type` come with `extended`. */
export interface Resource {
  id: number
  name: string
  type: number
  path?: string
  parent_id?: number | null
  creation_timestamp?: string | null
  modification_timestamp?: string | null
  permissions?: PermissionRecord[] | null
  system_attributes?: Record<string, unknown> | null
  user_attributes?: Record<string, unknown> | null
  last_revision_id?: number | null
  /** With `newest`: the newest value of a sequence. For texts its first 1,000 characters; for images the revision's id. */
  newest?: Reading | null
  /** SHA-1, hexadecimal; files only. */
  hash?: string | null
  /** Bytes; files only. */
  size?: number | null
  client_version?: string | null
  web_socket_connected?: boolean
  last_connect_timestamp?: string
  last_watchdog_timestamp?: string
  status?: Record<string, unknown>
}

/** One page of search results. */
export interface SearchAnswer {
  /** Total number of results. */
  found: number
  page: number
  pages: number
  results: (Pick<Resource, 'id' | 'name' | 'type'> & { path: string })[]
}

export type { ControllerStatus } from '../wire/answers.ts'

/** When an alert is on. Times are in seconds. */
export interface AlertCondition {
  kind: 'above' | 'below' | 'outside' | 'unchanged' | 'silent'
  /** The limit of `above` and `below`. */
  value?: number | undefined
  /** The allowed range of `outside`, both ends included. */
  low?: number | undefined
  high?: number | undefined
  /** How far back past the limit a value must come to be fine again. */
  hysteresis?: number | undefined
  /** How long values must be beyond the limit without a break; for `unchanged` and `silent`, how long that may last. */
  for_seconds?: number | undefined
}

export interface Alert extends AlertCondition {
  path: string
  name: string
  quiet_seconds: number
  /** False: the rule is kept, but not evaluated. */
  enabled: boolean
  /** Null for callers who may not change it. */
  recipients: string[] | null
  /** The condition in words. */
  condition: string
  active: boolean
  start_timestamp: string | null
  end_timestamp: string | null
}

export interface AlertTrial {
  /** Number of stored values that were evaluated. */
  values: number
  count: number
  /** The first thousand. */
  firings: { start_timestamp: string; end_timestamp: string | null; value: Value | null; told: boolean }[]
}

export interface Revision {
  id: number
  timestamp: string
  size: number
  hash: string | null
}

export type Value = number | string

export interface Reading {
  timestamp: string
  value: Value
}

/** What `max_points` returns for each bucket of time that has values. */
export interface Bucket {
  first_timestamp: string
  last_timestamp: string
  min: number
  max: number
  mean: number
  count: number
}

export interface ValueError {
  /** Position in the request, from 0. */
  index: number
  path: string | null
  message: string
}

export interface AppendAnswer {
  stored: number
  /** Stored before with the same timestamp. */
  repeated: number
  refused: number
  /** The first 100 refused ones. */
  errors: ValueError[]
}

export interface User {
  id: number
  user_name: string | null
  email_address: string | null
  full_name: string | null
  /** 0 for most users, 2 for a system administrator. */
  role: number
}

export interface Whoami {
  kind: 'user' | 'controller' | 'anonymous'
  user?: User
  controller?: { id: number; path: string }
  organizations: { id: number; path: string; is_admin: boolean }[]
  key_id?: number | null
  server_version: string
}

export interface KeySecret {
  id: number
  /** Returned only this once. */
  secret_key: string
}
