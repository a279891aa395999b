/** Where data lies and how long it is kept. */
import type { Setting } from './setting.ts'

export const storage = {
  DATABASE_URI: {
    group: 'Storage',
    kind: 'text',
    pattern: /^(?:sqlite:\/\/\/|postgres(?:ql)?(?:\+\w+)?:\/\/)./,
    allowed: 'sqlite:///FILE, relative to the settings file, or sqlite:////ABSOLUTE/FILE, or postgresql://USER:PASSWORD@HOST/DATABASE',
    default: 'sqlite:///rhizo.db',
    meaning:
      'The database: a file, or a database on a PostgreSQL server (docs/postgresql.md). SQLALCHEMY_DATABASE_URI is its old name, and ' +
      'DATABASE_URL another one.',
  },
  DURABILITY: {
    group: 'Storage',
    kind: 'choice',
    choices: ['full', 'normal'],
    default: 'full',
    meaning:
      'full: what was acknowledged survives a power cut. normal: fewer disk syncs, but a power cut takes what the system has not ' +
      'written by itself yet, in practice up to 30 seconds, at most the whole log of 8 MB (some 100,000 values); never the database.',
  },
  FILE_SYSTEM_STORAGE_PATH: {
    group: 'Storage',
    kind: 'text',
    default: 'storage',
    meaning: 'The folder for large files, relative to the settings file. It belongs to one database, and says so in its file .owner.',
  },
  BULK_STORAGE: {
    group: 'Storage',
    kind: 'choice',
    choices: ['auto', 'folder', 'database', 's3'],
    default: 'auto',
    meaning:
      'Where new large files go: to the storage folder, into the database, or to the bucket of S3_STORAGE_BUCKET. auto: to the bucket ' +
      'where one is set, else to the folder. What is elsewhere is still read, and moved with "rhizo storage move".',
  },
  STORAGE_THRESHOLD: {
    group: 'Storage',
    kind: 'number',
    minimum: 0,
    maximum: 10_000_000,
    unit: 'bytes',
    default: 65_536,
    meaning: 'Revisions larger than this go to the storage folder (or where BULK_STORAGE says), smaller ones into the database.',
  },
  FREE_SPACE_RESERVE: {
    group: 'Storage',
    kind: 'number',
    minimum: 0,
    maximum: 100_000_000,
    unit: 'megabytes',
    default: 0,
    meaning:
      'Space kept free on each disk of the lab, so that deleting always works: below it no files are stored, below half of it no ' +
      'values; the admins are told at three times as much. 0: 2 % of the disk, at least 50 and at most 1,000 megabytes.',
  },
  PURGE_DELETED_AFTER: {
    group: 'Storage',
    kind: 'number',
    minimum: 0,
    maximum: 36_500,
    unit: 'days',
    default: 30,
    meaning: 'What was deleted can be brought back for so long; then it is removed for good, and its space given back to the disk.',
  },
} as const satisfies Record<string, Setting>
