/**
 * All settings: name in the settings file and the environment, allowed values, default and meaning. The sample file, the error messages and
 * the loader are all based on this table. Source of the old names: protocol, section 8.
 */
import { backups } from './table/backups.ts'
import { cluster } from './table/cluster.ts'
import { extensions } from './table/extensions.ts'
import { ignoredNames } from './table/ignored.ts'
import { limits } from './table/limits.ts'
import { mqtt } from './table/mqtt.ts'
import { outgoing } from './table/outgoing.ts'
import { people } from './table/people.ts'
import { s3 } from './table/s3.ts'
import { serving } from './table/serving.ts'
import { storage } from './table/storage.ts'

export type { Setting } from './table/setting.ts'

/** In the order of the sample file. */
export const settingsTable = {
  ...serving,
  ...storage,
  ...s3,
  ...cluster,
  ...backups,
  ...limits,
  ...people,
  ...mqtt,
  ...outgoing,
  ...extensions,
  ...ignoredNames,
} as const

export type SettingName = keyof typeof settingsTable

/** Old name → current name. */
export const renamedSettings: Readonly<Record<string, SettingName>> = {
  SQLALCHEMY_DATABASE_URI: 'DATABASE_URI',
  DATABASE_URL: 'DATABASE_URI',
}

type ValueOf<S> = S extends { kind: 'number' }
  ? number
  : S extends { kind: 'flag' }
    ? boolean
    : S extends { kind: 'list' }
      ? readonly unknown[]
      : S extends { kind: 'map' }
        ? Readonly<Record<string, unknown>>
        : S extends { kind: 'networks' }
          ? readonly string[]
          : S extends { kind: 'choice'; choices: readonly (infer C)[] }
            ? C
            : string
type Optional<S> = S extends { kind: 'ignored' } ? never : S extends { default: unknown } | { generated: true } ? never : S
type Present<S> = S extends { default: unknown } | { generated: true } ? S : never

type Table = typeof settingsTable
/** The settings in force, by their names in the file. */
export type SettingValues = {
  readonly [N in SettingName as Present<Table[N]> extends never ? never : N]: ValueOf<Table[N]>
} & {
  readonly [N in SettingName as Optional<Table[N]> extends never ? never : N]?: ValueOf<Table[N]>
}
