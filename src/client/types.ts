/** What the API answers, as the client library returns it. Times are ISO 8601 UTC text unless a field says otherwise. */

import type { AlertKind } from '../wire/alerts.ts'
import type { KeyInfo } from '../wire/answers.ts'
import type { PermissionRecord } from '../wire/permissions.ts'

export type { DataTypeName as DataType, ResourceTypeName as ResourceType } from '../wire/resource-types.ts'
export type { PermissionRecord } from '../wire/permissions.ts'

/** A resource as listings and `meta=1` return it; the fields after `type` come with `extended`. */
export interface Resource {
  id: number
  name: string
  type: number
  path?: string
  parent_id?: number | null
  creation_timestamp?: string | null
  modification_timestamp?: string | null
  /** Its own; empty when it has none. */
  permissions?: PermissionRecord[] | null
  /** Whether those of the folder above hold; missing: the server is older, and says null in their place. */
  inherits_permissions?: boolean
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
  /** Number of results. */
  found: number
  /** There are more of them, which were not counted. */
  more?: boolean
  page: number
  pages: number
  results: (Pick<Resource, 'id' | 'name' | 'type'> & { path: string })[]
}

export type { AlertHistoryInfo as AlertHistory, AlertInfo as Alert, AlertMuteInfo as AlertMute } from '../wire/alerts.ts'
export type {
  AccountRequestInfo as AccountRequest,
  AlertFiring,
  AlertTrial,
  ClockReport,
  ControllerStatus,
  ImportAnswer as AppendAnswer,
  KeySecret,
  OrganizationInfo as Organization,
  RefusedValue as ValueError,
  RevisionInfo as Revision,
  ShiftAnswer,
  StretchShiftAnswer,
  WrongClock,
  TimeCorrection,
  CorrectionUndoAnswer,
  Whoami,
  WhoamiUser as User,
} from '../wire/answers.ts'

/** A key, without its secret. */
export interface Key extends Omit<KeyInfo, 'revocation_timestamp'> {
  /** null: it is valid. */
  revocation_timestamp: string | null
}

/** When an alert is on. Times are in seconds. */
export interface AlertCondition {
  kind: AlertKind
  /** The limit of `above` and `below`. */
  value?: number | undefined
  /** The allowed range of `outside`, both ends included. */
  low?: number | undefined
  high?: number | undefined
  /** How far back past the limit a value must come to be fine again. */
  hysteresis?: number | undefined
  /** Of `rising` and `falling`: within how long, in seconds. */
  within_seconds?: number | undefined
  /** Other limits at times: `22:00-06:00 = -12`. */
  schedule?: string[] | undefined
  /** Of a folder: which sequences in it. */
  pattern?: string | undefined
  /** How long values must be beyond the limit without a break; for `unchanged` and `silent`, how long that may last. */
  for_seconds?: number | undefined
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

/** What an organization uses of each kind, and its limit; null: none. */
export type Quotas = Readonly<
  Record<'file_bytes' | 'sequences' | 'retained_messages', { readonly used: number; readonly limit: number | null }>
>
