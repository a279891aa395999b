/** The settings in force, without secrets, for administrators. */
import { isSystemAdmin, type Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { forbidden } from '../base/fault.ts'
import { withoutPassword } from '../settings/database-url.ts'
import { settingsTable, type Setting, type SettingName } from '../settings/settings-table.ts'

export interface SettingReport {
  readonly name: SettingName
  readonly group: string
  readonly meaning: string
  /** undefined if it is not set. */
  readonly value: string | undefined
  /** True for a secret; `value` then only says whether it is set. */
  readonly isSecret: boolean
  /** The file or environment variable that it came from; undefined if it is the default. */
  readonly source: string | undefined
}

/** In the order of the sample file, without old names that have no effect. @throws Fault forbidden for all but system admins */
export function describeSettings(ctx: Context, actor: Actor): SettingReport[] {
  if (!isSystemAdmin(actor)) throw forbidden('Only system admins see the settings of the server.')
  const { settings } = ctx
  return (Object.entries(settingsTable) as [SettingName, Setting][])
    .filter(([, { kind }]) => kind !== 'ignored')
    .map(([name, { group, meaning, kind }]) => {
      const value: unknown = settings[name as keyof typeof settings]
      const isSecret = kind === 'secret'
      return {
        name,
        group,
        meaning,
        value: value === undefined ? undefined : isSecret ? 'set' : withoutPassword(show(value, kind)),
        isSecret,
        source: settings.sources[name],
      }
    })
}

/** Of values by their names, which may be secrets, the names alone. */
const show = (value: unknown, kind: Setting['kind']): string =>
  typeof value === 'string' ? value : kind === 'map' ? Object.keys(value ?? {}).join(', ') : JSON.stringify(value)
