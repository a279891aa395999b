/** Settings of an original server: `config.py`, as far as it holds plain values. Nothing of it is run. */
import { describeFileError } from '../base/disk-errors.ts'
import { Fault, invalid } from '../base/fault.ts'
import { readTextNow } from '../base/regular-files.ts'
import { settingsTable } from '../settings/settings-table.ts'

/** Those that mean the same here. PRODUCTION is not among them: what leaves the machine is for one server at a time. */
const SAME = [
  'SALT',
  'SYSTEM_NAME',
  'KEY_PREFIX',
  'OUTGOING_EMAIL_ADDRESS',
  'OUTGOING_EMAIL_SERVER',
  'OUTGOING_EMAIL_PORT',
  'OUTGOING_EMAIL_USER_NAME',
  'OUTGOING_EMAIL_PASSWORD',
  'TWILIO_ACCOUNT_SID',
  'TWILIO_AUTH_TOKEN',
  'TEXT_FROM_PHONE_NUMBER',
] as const
export type TakenSetting = (typeof SAME)[number]

export interface OriginalSettings {
  /** With its SALT. */
  readonly taken: ReadonlyMap<TakenSetting, string | number>
  /** Its bulk storage, where that is a bucket; with keys where it has some, rather than its machine's role. */
  readonly bucket: { readonly name: string; readonly accessKey?: string; readonly secretKey?: string } | undefined
  /** Whether the original sent mail and texts. */
  readonly wasProduction: boolean
  /** Names of the other settings that it has, which are for the person who moves. */
  readonly others: readonly string[]
}

const LEAST_SALT = settingsTable.SALT.minimum

const ASSIGNMENT = /^([A-Z][A-Z0-9_]*)\s*=\s*(.+?)\s*$/
const QUOTED = /^[rRuUbB]?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*(?:#.*)?$/
const PLAIN = /^([^\s#'"]+)\s*(?:#.*)?$/

/** @throws Fault invalid when it can't be read, or holds no SALT */
export function readConfigFile(path: string): OriginalSettings {
  let content: string
  try {
    content = readTextNow(path, { once: true })
  } catch (error) {
    throw new Fault('invalid', describeFileError(error, "The original's settings", path), { cause: error })
  }
  const values = new Map<string, string | number | boolean>()
  for (const line of content.split(/\r?\n/)) {
    const [, name = '', literal = ''] = ASSIGNMENT.exec(line) ?? []
    const value = readLiteral(literal)
    if (name !== '' && value !== undefined) values.set(name, value)
  }
  const salt = values.get('SALT')
  if (typeof salt !== 'string')
    throw invalid(`${path} holds no line SALT = '…'. Without the original's SALT no password and no key would work: name its config.py.`)
  if (salt.length < LEAST_SALT)
    throw invalid(
      `The SALT in ${path} has ${salt.length} characters, and one here has at least ${LEAST_SALT}. Leave --config out: ` +
        'people then need new passwords, and controllers new keys.',
    )
  const taken = new Map<TakenSetting, string | number>()
  for (const name of SAME) {
    const value = values.get(name)
    if (value !== undefined && value !== '' && typeof value !== 'boolean') taken.set(name, value)
  }
  const known: ReadonlySet<string> = new Set(SAME)
  return {
    taken,
    bucket: bucketIn(values),
    wasProduction: values.get('PRODUCTION') === true,
    others: [...values.keys()].filter((name) => !known.has(name)).sort(),
  }
}

function bucketIn(values: ReadonlyMap<string, string | number | boolean>): OriginalSettings['bucket'] {
  const [name, accessKey, secretKey] = ['S3_STORAGE_BUCKET', 'S3_ACCESS_KEY', 'S3_SECRET_KEY'].map((setting) => values.get(setting))
  if (typeof name !== 'string' || name === '') return undefined
  const hasKeys = typeof accessKey === 'string' && typeof secretKey === 'string' && accessKey !== '' && secretKey !== ''
  return { name, ...(hasKeys ? { accessKey, secretKey } : {}) }
}

/** A text, a number, True or False; undefined for anything else. */
function readLiteral(literal: string): string | number | boolean | undefined {
  const quoted = QUOTED.exec(literal)?.[1]
  if (quoted !== undefined) return quoted.slice(1, -1).replaceAll(/\\(.)/g, (whole, next: string) => (`'"\\`.includes(next) ? next : whole))
  const plain = PLAIN.exec(literal)?.[1]
  if (plain === 'True' || plain === 'False') return plain === 'True'
  return plain !== undefined && /^-?\d+(?:\.\d+)?$/.test(plain) ? Number(plain) : undefined
}
