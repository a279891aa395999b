/** JSON columns of the original's resources, which hold whatever was written there. */
import { isObject } from '../base/json.ts'
import { NUMERIC, ORGANIZATION_FOLDER, SEQUENCE, FILE, dataTypeNumber } from '../wire/resource-types.ts'
import { PERMISSION_LEVELS, PERMISSION_TYPES, PUBLIC, type PermissionRecord } from '../wire/permissions.ts'
import type { Findings } from './findings.ts'
import { integer, text, type Row } from './source.ts'

/** What every organization of the original has, and which the original never used. */
const UNUSED_TIMEZONE = 'US/Pacific'

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** @param keepsZones false: the time zone that the original gave to every organization is dropped */
export function systemAttributesOf(row: Row, type: number, path: string, findings: Findings, keepsZones: boolean): Record<string, unknown> {
  const stored = text(row, 'system_attributes') ?? ''
  const parsed = stored === '' ? {} : parse(stored)
  if (!isObject(parsed)) findings.change(path, `has system attributes that are no JSON object, which are left out: ${stored.slice(0, 200)}`)
  const attributes: Record<string, unknown> = isObject(parsed) ? { ...parsed } : {}
  if (type === ORGANIZATION_FOLDER && attributes['timezone'] === UNUSED_TIMEZONE && !keepsZones) {
    delete attributes['timezone']
    findings.change(path, `has no time zone now: the original wrote ${UNUSED_TIMEZONE} into every organization and never used it`)
  }
  if (type === SEQUENCE && dataTypeNumber(attributes['data_type']) === undefined) {
    attributes['data_type'] = NUMERIC
    findings.change(path, 'is a sequence without a type of data; it is numeric now')
  }
  if (type === FILE) {
    attributes['hash'] ??= text(row, 'hash')
    attributes['size'] ??= integer(row, 'size')
  }
  return attributes
}

/** As JSON text of an object. */
export function userAttributesOf(row: Row, path: string, findings: Findings): string {
  const stored = text(row, 'user_attributes') ?? ''
  if (stored === '') return '{}'
  const parsed = parse(stored)
  if (isObject(parsed)) return stored
  findings.change(path, 'has user attributes that are no JSON object; they are the text "original" in one now')
  return JSON.stringify({ original: stored })
}

/** As JSON text of a list, or null where they are inherited. */
export function permissionsOf(row: Row, path: string, findings: Findings): string | null {
  const stored = text(row, 'permissions') ?? ''
  const parsed = stored === '' ? null : parse(stored)
  if (parsed === null) return null
  const records = Array.isArray(parsed) ? (parsed as unknown[]) : []
  const known = records.flatMap(readPermission)
  if (!Array.isArray(parsed) || known.length < records.length)
    findings.change(path, `has permissions that are not understood, which are left out: ${stored.slice(0, 200)}`)
  return known.length === 0 ? null : JSON.stringify(known)
}

function readPermission(record: unknown): PermissionRecord[] {
  const [type, principal, level, ...more] = Array.isArray(record) ? (record as unknown[]) : []
  const isKnown =
    PERMISSION_TYPES.some((known) => known === type) && PERMISSION_LEVELS.some((known) => known === level) && more.length === 0
  if (!isKnown || typeof type !== 'number' || typeof level !== 'number') return []
  if (type === PUBLIC) return [[type, typeof principal === 'number' ? principal : 0, level]]
  return Number.isSafeInteger(principal) ? [[type, Number(principal), level]] : []
}

/** A column's JSON text, if it is of an object. */
export function jsonObjectOr(row: Row, column: string, otherwise: string): string {
  const stored = text(row, column) ?? ''
  return isObject(parse(stored)) ? stored : otherwise
}
