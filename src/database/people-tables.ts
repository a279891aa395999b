/** The tables of people, their keys, and what they did. */
import type { Generated } from 'kysely'
import type { Micros } from '../base/time.ts'
import type { Flag, JsonText } from './column-types.ts'

export interface UserTable {
  id: Generated<number>
  user_name: string | null
  email_address: string
  password_hash: string
  full_name: string
  role: number
  info_status: string
  attributes: JsonText
  deleted: Flag
  creation_timestamp: Micros
  /** Whether a code that was mailed there was used. */
  address_proven: Flag
}

export interface SessionTable {
  id: Generated<number>
  user_id: number
  /** SHA-256 of the cookie's token, hex. */
  token_hash: string
  creation_timestamp: Micros
  last_use_timestamp: Micros
  expiry_timestamp: Micros
  address: string
  user_agent: string
  /** When its user last gave a password or second factor in it; null: at its beginning. */
  proof_timestamp: Micros | null
}

export interface OrganizationUserTable {
  organization_id: number
  user_id: number
  is_admin: Flag
}

/** Codes for making an account: invitations into an organization, and requests for a new one. */
export interface AccountRequestTable {
  id: Generated<number>
  /** For a request for a new organization. */
  organization_name: string | null
  /** For an invitation, like inviter_id. */
  organization_id: number | null
  inviter_id: number | null
  creation_timestamp: Micros
  redeemed_timestamp: Micros | null
  /** SHA-256 of the access code, hex. */
  access_code_hash: string
  email_address: string
  /** The mail with the code, while its record is kept; null if the code was handed over by other means. */
  message_id: number | null
  attributes: string
}

/** Codes with which people who have forgotten their password set a new one. */
export interface PasswordResetTable {
  id: Generated<number>
  /** Null if the request named an address without an account: its row exists so that both cases take equally long. */
  user_id: number | null
  /** SHA-256 of the code, hex. */
  code_hash: string
  creation_timestamp: Micros
  message_id: number | null
}

export interface KeyTable {
  id: Generated<number>
  organization_id: number
  creation_user_id: number
  revocation_user_id: number | null
  creation_timestamp: Micros
  revocation_timestamp: Micros | null
  access_as_user_id: number | null
  access_as_controller_id: number | null
  /** For a user's key: it is valid only in its organization, because an admin of that organization made it. */
  confined: Flag
  /** First three and last three characters, for lookup and display. */
  key_part: string
  /** base64(SHA-512(key + SALT)). */
  key_hash: string
  /** Written now and then; null: not since that is noted. */
  last_use_timestamp: Micros | null
  last_use_address: Generated<string>
  /** Of a controller's: whether topics of its MQTT clients lie below the controller's folder. */
  mounted: Generated<Flag>
  /** Set for a secret of webhooks: it is good for messages to that folder, and for nothing else. */
  ingest_folder_id: number | null
}

/** Second factors of users: an authenticator app (`totp`) or passkeys (`passkey`). */
export interface UserFactorTable {
  id: Generated<number>
  user_id: number
  kind: string
  /** For people: what they called it. */
  name: string
  creation_timestamp: Micros
  last_use_timestamp: Micros | null
  /** Of an app: its secret, encrypted with a key that is made from SECRET_KEY. */
  secret: string | null
  /** Of an app: the number of the newest step of 30 s whose code was used; codes up to it are void. */
  last_step: number | null
  /** Of a passkey: its id, base64url. */
  credential_id: string | null
  /** Of a passkey: in COSE. */
  public_key: Uint8Array | null
  /** Of a passkey: how often it signed, as it says; 0 for those that don't count. */
  counter: number | null
  /** Of a passkey: JSON list of how browsers reach it. */
  transports: string | null
}

/** Browsers and phones on which a user has switched alarms on. */
export interface PushDeviceTable {
  id: Generated<number>
  user_id: number
  /** SHA-256 of its address at the push service, hex: the same browser has one row. */
  endpoint_hash: string
  /** JSON of that address and the keys of the browser, encrypted with a key that is made from SECRET_KEY. */
  sealed: string
  /** For people: `Firefox on Android`. */
  name: string
  creation_timestamp: Micros
  /** When the push service last took a message for it. */
  sent_timestamp: Micros | null
}

/** Codes that stand in for a second factor, each once. */
export interface RecoveryCodeTable {
  user_id: number
  /** SHA-256 of user id and code, hex. */
  code_hash: string
}

/** Who did what to whom, from where. No verb changes or deletes rows; only their age does. */
export interface AuditRecordTable {
  id: Generated<number>
  /** When it happened, or began, by the believed time. */
  timestamp: Micros
  /** When it last happened. */
  last_timestamp: Micros
  /** How often, if it was gathered. */
  count: number
  kind: string
  user_id: number | null
  controller_id: number | null
  by_server: Flag
  key_id: number | null
  address: string
  /** Its admins see the record. */
  organization_id: number | null
  subject_kind: string
  subject_id: number | null
  subject_name: string
  /** JSON object of plain values. */
  details: string
  /** Whether the log in text has it. */
  told: Flag
}

export interface ResourceViewTable {
  resource_id: number
  user_id: number
  view: string
}

export interface FavouriteTable {
  resource_id: number
  user_id: number
  creation_timestamp: Micros
}

/** Secret links, by which people without an account read. */
export interface LinkTable {
  id: Generated<number>
  /** What it is to. */
  resource_id: number
  organization_id: number
  /** Who made it. */
  user_id: number
  /** Whether they did by a key that acts as them in this organization only. */
  confined: number
  /** Ids of what it shows, as JSON. */
  reach: string
  /** Of the page that it opens, without a question mark. */
  query: string
  /** What it is for. */
  note: string
  secret_hash: string
  creation_timestamp: Micros
  expiration_timestamp: Micros
  revocation_timestamp: Micros | null
  revocation_user_id: number | null
  last_use_timestamp: Micros | null
  /** How often it was opened. */
  uses: number
}
