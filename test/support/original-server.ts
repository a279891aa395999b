/**
 * A database as an original rhizo-server makes it, in SQL for SQLite and for PostgreSQL: a small lab with all that a real one has, and with
 * what can't come along as it is.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { hash as bcrypt } from 'bcryptjs'
import Sqlite from 'better-sqlite3'
import { saltedHash } from '../../src/base/secrets.ts'

export const SALT = 'the-salt-of-the-original-server'
export const PASSWORD = 'amys-secret-77'
export const KEYS = {
  unused: 'RHIZOUNUSED0123456789ABCDEFGHIJK',
  used: 'RHIZOUSED0123456789ABCDEFGHIJKLM',
  user: 'RHIZOUSER0123456789ABCDEFGHIJKLM',
}
/** Quick for tests; the original takes 12 rounds. */
const ROUNDS = 4

type Value = string | number | boolean | null | Uint8Array
type Row = Record<string, Value>

/** Column types by engine. */
interface Dialect {
  readonly blob: string
  readonly flag: string
  readonly literal: (value: Value) => string
}

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`

const sqlite: Dialect = {
  blob: 'blob',
  flag: 'boolean',
  literal: (value) =>
    value === null
      ? 'null'
      : typeof value === 'string'
        ? text(value)
        : value instanceof Uint8Array
          ? `x'${Buffer.from(value).toString('hex')}'`
          : String(Number(value)),
}
export const postgres: Dialect = {
  blob: 'bytea',
  flag: 'boolean',
  literal: (value) =>
    value instanceof Uint8Array
      ? `'\\x${Buffer.from(value).toString('hex')}'`
      : typeof value === 'boolean'
        ? String(value)
        : sqlite.literal(value),
}

const schemaOf = ({ blob, flag }: Dialect): string => `
  create table users (id integer primary key, user_name varchar(50), email_address varchar(100) not null unique,
    password_hash varchar(128) not null, full_name varchar(100) not null, info_status varchar not null, attributes varchar not null,
    deleted ${flag} not null, creation_timestamp timestamp not null, role integer not null);
  create table resources (id integer primary key, last_revision_id integer, organization_id integer, creation_timestamp timestamp,
    modification_timestamp timestamp, parent_id integer, name varchar not null, type integer not null, permissions varchar,
    system_attributes varchar not null, user_attributes varchar, deleted ${flag} not null, hash varchar(50), size bigint);
  create table keys (id integer primary key, organization_id integer not null, creation_user_id integer not null,
    revocation_user_id integer, creation_timestamp timestamp not null, revocation_timestamp timestamp, access_as_user_id integer,
    access_as_controller_id integer,
    key_part varchar(8) not null, key_hash varchar(128) not null, key_storage varchar, key_storage_nonce varchar);
  create table organization_users (id integer primary key, organization_id integer not null, user_id integer not null,
    is_admin ${flag} not null);
  create table account_requests (id integer primary key, organization_name varchar(100), organization_id integer, inviter_id integer,
    creation_timestamp timestamp not null, redeemed_timestamp timestamp, access_code varchar(40) not null, email_address varchar not null,
    email_sent ${flag} not null, email_failed ${flag} not null, attributes varchar not null);
  create table resource_revisions (id integer primary key, resource_id integer not null, timestamp timestamp not null, data ${blob});
  create table resource_views (id integer primary key, resource_id integer not null, user_id integer not null, view varchar not null);
  create table controller_status (id integer primary key, client_version varchar(80) not null, web_socket_connected ${flag} not null,
    last_connect_timestamp timestamp, last_watchdog_timestamp timestamp,
    watchdog_notification_sent ${flag} not null, attributes varchar not null);
  create table thumbnails (id integer primary key, resource_id integer not null, width integer not null, height integer not null,
    format varchar(4) not null, data ${blob} not null);
  create table outgoing_messages (id integer primary key, controller_id integer, user_id integer, timestamp timestamp not null,
    recipients varchar not null, message varchar not null, attributes varchar not null);
`

const bytes = (value: string): Uint8Array => new TextEncoder().encode(value)
const at = (seconds: number, micros = 0): string =>
  `${new Date(Date.UTC(2024, 0, 1) + seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')}.${String(micros).padStart(6, '0')}`

const resource = (id: number, parent: number | null, name: string, type: number, more: Row = {}): Row => ({
  id,
  last_revision_id: null,
  organization_id: 2,
  creation_timestamp: at(id, 678_901),
  modification_timestamp: at(id),
  parent_id: parent,
  name,
  type,
  permissions: null,
  system_attributes: '{}',
  user_attributes: null,
  deleted: false,
  hash: null,
  size: null,
  ...more,
})
const sequence = (id: number, parent: number, name: string, dataType: number, attributes: object = {}): Row =>
  resource(id, parent, name, 21, { system_attributes: JSON.stringify({ data_type: dataType, max_history: 10_000, ...attributes }) })

/** Contents of bulk storage by path below its folder. */
export const STORED: Readonly<Record<string, Uint8Array>> = {
  '2/000/000/020/20_101': Buffer.alloc(200_000, 'large'),
  '2/000/000/012/12_52': bytes(`a long entry ${'ü'.repeat(600)}`),
}

/** Values of /lab/fridge/temperature, in the order in which they were stored. */
export const TEMPERATURES: readonly (readonly [seconds: number, text: string])[] = [
  [0, '21.50'],
  [60, '1e-05'],
  [120, 'nan'],
  [180, 'None'],
  [240, 'True'],
  [300, '12345678901234567890'],
  [360, '7.0'],
  [360, '7.5'],
  [30, '-0.25'],
]

async function rowsOf(): Promise<Record<string, Row[]>> {
  const organization = (id: number, name: string): Row =>
    resource(id, null, name, 11, {
      organization_id: id,
      system_attributes: JSON.stringify({ full_name: `The ${name}`, timezone: 'US/Pacific' }),
      permissions: JSON.stringify([
        [110, id, 20],
        [120, id, 20],
        [100, null, 10],
      ]),
    })
  const user = async (id: number, address: string, name: string, role = 0): Promise<Row> => ({
    id,
    user_name: name,
    email_address: address,
    password_hash: (await bcrypt(saltedHash(PASSWORD, SALT), ROUNDS)).replace('$2a$', '$2b$'),
    full_name: `Person ${id}`,
    info_status: '{}',
    attributes: '{}',
    deleted: false,
    creation_timestamp: at(id),
    role,
  })
  const key = (id: number, secret: string, hash: string, more: Row): Row => ({
    id,
    organization_id: 2,
    creation_user_id: 2,
    revocation_user_id: null,
    creation_timestamp: at(id),
    revocation_timestamp: null,
    access_as_user_id: null,
    access_as_controller_id: null,
    key_part: secret.slice(0, 3) + secret.slice(-3),
    key_hash: hash,
    key_storage: '',
    key_storage_nonce: '',
    ...more,
  })
  let id = 1
  const revision = (resourceId: number, seconds: number, data: Uint8Array | null, fixed?: number): Row => ({
    id: fixed ?? id++,
    resource_id: resourceId,
    timestamp: at(seconds),
    data,
  })
  return {
    users: [await user(1, 'admin@example.com', '', 2), await user(2, 'Amy@example.com', 'amy'), await user(3, 'amy@example.com', 'AMY')],
    resources: [
      // As the original makes them: without organization and times.
      organization(1, 'system'),
      resource(5, 1, 'home.md', 20, {
        organization_id: null,
        creation_timestamp: null,
        modification_timestamp: null,
        last_revision_id: 90,
      }),
      organization(2, 'lab'),
      organization(3, 'api'),
      resource(10, 2, 'fridge', 12, { system_attributes: '{"watchdog_minutes": 5}' }),
      sequence(11, 10, 'temperature', 1, { units: 'degrees C' }),
      sequence(12, 10, 'log', 2),
      sequence(13, 10, 'camera', 3),
      sequence(14, 13, 'thumbnail-240-x', 3),
      sequence(15, 10, 'kept', 1, { max_history: 10 }),
      sequence(16, 10, 'temperature (text)', 2),
      sequence(17, 10, 'humidity', 1),
      { ...sequence(18, 10, 'humidity (text)', 2), deleted: true },
      resource(20, 2, 'big.bin', 20, { last_revision_id: 101, hash: 'old', size: 3 }),
      resource(21, 2, 'notes.md', 20, { last_revision_id: 111, user_attributes: 'no json' }),
      resource(22, 2, 'lost.bin', 20, { last_revision_id: 120 }),
      resource(30, 2, 'a/b', 10),
      resource(31, 2, 'twice', 10),
      resource(32, 2, 'twice', 10),
      resource(33, 2, 'twice', 10, { deleted: true }),
      resource(34, 2, '..', 10),
      resource(40, 2, 'odd', 99),
      resource(41, 40, 'in it', 10),
      resource(42, 77, 'stray', 10),
    ],
    organization_users: [
      { id: 1, organization_id: 1, user_id: 1, is_admin: true },
      { id: 2, organization_id: 2, user_id: 2, is_admin: false },
      { id: 3, organization_id: 2, user_id: 2, is_admin: true },
      { id: 4, organization_id: 2, user_id: 99, is_admin: true },
    ],
    keys: [
      key(1, KEYS.unused, (await bcrypt(saltedHash(KEYS.unused, SALT), ROUNDS)).replace('$2a$', '$2b$'), { access_as_controller_id: 10 }),
      key(2, KEYS.used, saltedHash(KEYS.used, SALT), { access_as_controller_id: 10 }),
      key(3, KEYS.user, saltedHash(KEYS.user, SALT), { access_as_user_id: 2 }),
      key(4, 'RHIZOSTRAY', 'x', { access_as_controller_id: 77 }),
    ],
    resource_revisions: [
      ...TEMPERATURES.map(([seconds, value]) => revision(11, seconds, bytes(value))),
      revision(12, 0, bytes('first entry äöü')),
      revision(12, 60, null, 52),
      ...Array.from({ length: 1_500 }, (_, second) => revision(15, second, bytes(String(second)), 1_000 + second)),
      revision(17, 0, bytes('None'), 70),
      revision(18, 0, bytes('deleted long ago'), 71),
      revision(13, 0, bytes('picture 0'), 60),
      revision(13, 60, bytes('picture 1'), 61),
      revision(14, 60, bytes('small picture'), 62),
      revision(5, 0, bytes('### Welcome'), 90),
      revision(20, 0, bytes('first'), 100),
      revision(20, 60, null, 101),
      revision(21, 0, bytes('# One'), 110),
      revision(21, 60, bytes('# Two'), 111),
      revision(22, 0, null, 120),
    ],
    resource_views: [{ id: 1, resource_id: 11, user_id: 2, view: '{"range":"1d"}' }],
    controller_status: [
      {
        id: 10,
        client_version: '0.0.6',
        web_socket_connected: true,
        last_connect_timestamp: at(5),
        last_watchdog_timestamp: at(6),
        watchdog_notification_sent: false,
        attributes: '{"timestamp_correction":1.5}',
      },
    ],
    account_requests: [
      {
        id: 1,
        organization_name: null,
        organization_id: 2,
        inviter_id: 2,
        creation_timestamp: at(0),
        redeemed_timestamp: null,
        access_code: 'INVITE',
        email_address: 'new@example.com',
        email_sent: true,
        email_failed: false,
        attributes: '{}',
      },
    ],
    thumbnails: [{ id: 1, resource_id: 21, width: 120, height: 75, format: 'jpg', data: bytes('tiny') }],
    outgoing_messages: [
      { id: 1, controller_id: 10, user_id: null, timestamp: at(1), recipients: 'a@example.com', message: 'Warm', attributes: '{}' },
      { id: 2, controller_id: 10, user_id: null, timestamp: at(2), recipients: '+15551234567', message: 'Warm', attributes: '{}' },
    ],
  }
}

/** All of it as statements. */
export async function originalSql(dialect: Dialect = sqlite): Promise<string> {
  const rows = Object.entries(await rowsOf()).flatMap(([table, all]) =>
    all.map(
      (row) => `insert into ${table} (${Object.keys(row).join(', ')}) values (${Object.values(row).map(dialect.literal).join(', ')});`,
    ),
  )
  return `${schemaOf(dialect)}\n${rows.join('\n')}`
}

export interface OriginalServer {
  readonly database: string
  readonly storage: string
  readonly config: string
}

/** Files of an original server on SQLite. */
export async function makeOriginalServer(folder: string): Promise<OriginalServer> {
  const storage = writeOriginalFiles(folder)
  const database = join(folder, 'original.db')
  const connection = new Sqlite(database)
  // One transaction: each of its own would wait for the disk.
  connection.exec(`begin; ${await originalSql()} commit;`)
  connection.close()
  return { database, ...storage }
}

/** Its bulk storage and its settings. */
export function writeOriginalFiles(folder: string): { storage: string; config: string } {
  const storage = join(folder, 'bulk')
  for (const [path, content] of Object.entries(STORED)) {
    mkdirSync(dirname(join(storage, path)), { recursive: true })
    writeFileSync(join(storage, path), content)
  }
  const config = join(folder, 'config.py')
  writeFileSync(
    config,
    `# settings\nimport os\nPRODUCTION = True\nSALT = '${SALT}'  # keep\nOUTGOING_EMAIL_ADDRESS = "lab@example.com"\n` +
      "OUTGOING_EMAIL_PORT = 465\nTWILIO_ACCOUNT_SID = ''\nEXTENSIONS = ['flow']\nMQTT_HOST = 'mqtt.example.com'\n",
  )
  return { storage, config }
}
