/** The form of data sets that are cited: zips with a manifest. Makers and checkers agree on what is here. */

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
