/** What keeps the files of backups: a folder, or a bucket. */

export interface BackupPlace {
  /** For messages and records: the folder, or `s3://BUCKET/PREFIX`. */
  readonly path: string
  /** A folder for a copy of the database while it is made; undefined: there is none, and it is made beside the database. */
  readonly scratch: string | undefined
  /** What is written is compared with its hash where it arrives: it need not be read again. */
  readonly comparesHashes: boolean
  /** Said when there were backups and there are none: what is probably wrong. */
  readonly whenGone: string
  /**
   * Takes the place for this process, and makes it where it is missing.
   * @returns gives it back
   * @throws Fault conflict when another backup is under way; invalid or busy when it can't be used
   */
  claim(): Promise<() => Promise<void>>
  /** Undefined when there is none. Names have slashes between their parts. */
  read(name: string): Promise<Uint8Array | undefined>
  /** What has its name is whole. Durable after {@link settle}. @throws Fault busy when there is no room */
  write(name: string, bytes: Uint8Array): Promise<void>
  /** Bytes; undefined when there is none. */
  sizeOf(name: string): Promise<number | undefined>
  /** Names of all files whose names begin with `folder` and a slash, in no order. */
  list(folder: string): AsyncIterable<string>
  remove(name: string): Promise<void>
  rename(name: string, to: string): Promise<void>
  /** Returns when all that was written, renamed and removed stays so whatever happens. */
  settle(): Promise<void>
}
