/** Backups that the server makes by itself. */
import type { Setting } from './setting.ts'

export const backups = {
  BACKUP_TO: {
    group: 'Backups',
    kind: 'text',
    meaning:
      'Where the server backs itself up to: a folder, best on another disk, relative to the settings file; or s3://BUCKET/PREFIX, with ' +
      'the settings S3_… that open buckets (docs/backups.md). Without it there are only the backups that somebody makes with ' +
      '"rhizo backup".',
    example: '/mnt/usb/rhizo',
  },
  BACKUP_AT: {
    group: 'Backups',
    kind: 'text',
    pattern: /^(?:(?:[01]\d|2[0-3]):[0-5]\d|[1-9]\d{0,3}[mhd])$/,
    allowed: "an hour of the day in the machine's time zone, such as 03:00, or how often: 30m, 6h, 2d",
    default: '03:00',
    meaning: 'When, or how often, the server backs itself up. One that was missed, as the server was off, is made at the next start.',
  },
  BACKUP_KEEP_DAILY: {
    group: 'Backups',
    kind: 'number',
    minimum: 1,
    maximum: 10_000,
    unit: 'days',
    default: 7,
    meaning: 'For so many days the newest backup of each day is kept; all backups of the newest day are.',
  },
  BACKUP_KEEP_WEEKLY: {
    group: 'Backups',
    kind: 'number',
    minimum: 0,
    maximum: 10_000,
    unit: 'weeks',
    default: 4,
    meaning: 'For so many weeks the newest backup of each week is kept.',
  },
  BACKUP_KEEP_MONTHLY: {
    group: 'Backups',
    kind: 'number',
    minimum: 0,
    maximum: 10_000,
    unit: 'months',
    default: 12,
    meaning: 'For so many months the newest backup of each month is kept.',
  },
  BACKUP_KEY: {
    group: 'Backups',
    kind: 'secret',
    minimum: 16,
    meaning:
      'Encrypts backups (AES-256-GCM). Keep a copy of it elsewhere: without it nobody can read them, and the settings file is lost with ' +
      'the disk. Without it backups are in the clear, readable by their owner only.',
  },
  BACKUP_SECRETS: {
    group: 'Backups',
    kind: 'flag',
    default: true,
    meaning:
      "False leaves the settings' secrets out of backups. The SALT is one of them: after a restore no key works until it is put back " +
      'from elsewhere.',
  },
  BACKUP_PROVE_EVERY: {
    group: 'Backups',
    kind: 'number',
    minimum: 0,
    maximum: 365,
    unit: 'days',
    default: 7,
    meaning: 'How often the server restores its newest backup into a scratch folder and examines it; 0: only "rhizo backup --prove" does.',
  },
  STANDBY_ALLOWED: {
    group: 'Backups',
    kind: 'flag',
    default: false,
    meaning:
      "True lets a standby follow this server with a system admin's key (docs/standby.md): it gets all that the server has, its " +
      'secrets too.',
  },
} as const satisfies Record<string, Setting>
