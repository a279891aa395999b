/** Answers about people, their keys and organizations. */
import type { UnitSystem } from '../base/units.ts'

/** An invitation that may still be accepted, as the organization's admins see it. */
export interface Invitation {
  id: number
  email_address: string
  is_admin: boolean
  inviter_id: number | null
  creation_timestamp: string
  expiry_timestamp: string
  /** State of its mail, as in {@link NotificationRecord}; null when the code was handed over by other means. */
  email: string | null
  email_error: string | null
}

/** What the holder of a code sees before they decide. */
export interface AccountRequestInfo {
  kind: 'invitation' | 'organization'
  email_address: string
  /** For an invitation. */
  organization: { path: string; full_name: string } | null
  /** For a request for a new organization. */
  organization_name: string | null
  /** Whether the address has an account; its password is then needed. */
  has_account: boolean
  expiry_timestamp: string
}

/** What users see of themselves, and system admins of all users. */
/** A user, for themselves and for admins. */
export interface UserInfo {
  id: number
  user_name: string | null
  email_address: string
  full_name: string
  role: number
  /** What pages show values in; missing: as they are stored. */
  units?: UnitSystem
  creation_timestamp: string
  deleted: boolean
}

/** `role` is 0 for most users, and 2 for system admins. */
export type WhoamiUser = Pick<UserInfo, 'id' | 'user_name' | 'email_address' | 'full_name' | 'role' | 'units'>

/** Who the caller is to the server. */
export interface Whoami {
  kind: 'user' | 'controller' | 'anonymous'
  user?: WhoamiUser
  controller?: { id: number; path: string }
  organizations: { id: number; path: string; is_admin: boolean }[]
  /** Id of the request's key. */
  key_id: number | null
  server_version: string
}

/** A key, without its secret. */
/** The public part of a key; never the key or its hash. */
export interface KeyInfo {
  id: number
  organization_id: number
  access_as_user_id: number | null
  access_as_controller_id: number | null
  creation_user_id: number
  creation_timestamp: string
  revocation_user_id: number | null
  revocation_timestamp: string
  key_part: string
  /** Whether topics of its MQTT clients lie below the controller's folder. */
  mounted: boolean
  /** Path of the folder that a secret of webhooks is good for; null: it is a key. */
  ingest_folder: string | null
  /** '' when no use is known; of an open connection when it was opened. */
  last_use_timestamp: string
  /** The network address that it was last used from. */
  last_use_address: string
}

export interface KeySecret {
  id: number
  /** Shown this once. */
  secret_key: string
}

/** An organization, for its members. */
/** What members see of an organization. */
export interface OrganizationInfo {
  id: number
  name: string
  type: number
  path: string
  folder_name: string
  full_name: string
  /** An IANA name, such as America/Los_Angeles; '': none. */
  timezone: string
  /** Whether the calling user is one of its admins. */
  is_admin: boolean
}

/** A record of the audit trail: who did what, to whom or what, from where. */
export interface AuditInfo {
  id: number
  timestamp: string
  /** When it last happened; the same as timestamp unless several of the same were gathered in one record. */
  last_timestamp: string
  /** How often. */
  count: number
  /** Such as `key.made`: see docs/accounts.md. */
  kind: string
  by: { kind: 'user' | 'controller' | 'server' | 'anonymous'; id: number | null; name: string }
  /** The key that they used; null: a session, or nothing. */
  key_id: number | null
  /** Network address; '' when there is none. */
  address: string
  organization_id: number | null
  subject: { kind: string; id: number | null; name: string }
  details: Record<string, string | number | boolean | null>
}

/** A secret link, by which people without an account read. */
export interface LinkInfo {
  id: number
  /** What it is to. */
  path: string
  /** What it is for, as its maker wrote; '' for nothing. */
  note: string
  /** Of the page that it opens, such as `range=week`; '' for the page as it is. */
  query: string
  /** Paths of what it shows beside that: what a chart compares with, what a dashboard names. */
  also: string[]
  by: string
  creation_timestamp: string
  expiration_timestamp: string
  /** `works`, or why it doesn't. */
  state: 'works' | 'expired' | 'revoked' | 'off' | 'stopped'
  /** null: never. */
  last_use_timestamp: string | null
  /** How often it was opened. */
  uses: number
}

/** A browser or phone that takes alarms by web push. */
export interface PushDeviceInfo {
  id: number
  name: string
  /** SHA-256 of its address at the push service, hex: by it the device knows itself. */
  endpoint_hash: string
  creation_timestamp: string
  /** When the push service last took a message for it. */
  sent_timestamp: string | null
}
