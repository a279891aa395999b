/** The form of data sets that are cited: zips with a manifest. Makers and checkers agree on what is here. */

import { invalid } from '../base/fault.ts'
import { isObject } from '../base/json.ts'

/** Names the hash of each other file; the zip's last one. */
export const MANIFEST = 'manifest.json'
/** Of the form of zip and manifest. */
export const DATASET_FORM = 1

export interface ManifestFile {
  readonly path: string
  readonly bytes: number
  /** Hexadecimal. */
  readonly sha256: string
}

export interface Manifest {
  readonly form: number
  /** Of the sequence or folder that it was made of. */
  readonly path: string
  /** ISO 8601; null: open. */
  readonly start: string | null
  readonly end: string | null
  readonly values: number
  readonly files: readonly ManifestFile[]
}

/** The comment at the zip's end: the hash of every byte before its 64 digits. */
export const SEAL_PREFIX = 'rhizo data set, sha256 of all before: '
/** Hexadecimal digits of a SHA-256. */
export const SEAL_DIGITS = 64

/** @param hash of the manifest's bytes, hexadecimal */
export const datasetId = (hash: string): string => `sha256:${hash}`

/** Largest manifest that is read, in bytes: some hundred for each of a thousand files. */
export const MAX_MANIFEST = 10_000_000

/** undefined: it is none. @throws Fault invalid for a form that this version does not know */
export function parseManifest(text: string): Manifest | undefined {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isManifest(json)) return undefined
  if (json.form > DATASET_FORM) throw invalid(`this data set has the form ${json.form}, which a newer rhizo made: verify it with that one.`)
  return json
}

const isManifest = (json: unknown): json is Manifest =>
  isObject(json) &&
  typeof json['form'] === 'number' &&
  typeof json['path'] === 'string' &&
  Array.isArray(json['files']) &&
  json['files'].every(isFile)

const isFile = (json: unknown): json is ManifestFile =>
  isObject(json) && typeof json['path'] === 'string' && typeof json['bytes'] === 'number' && typeof json['sha256'] === 'string'
