/** What is said of a setting. */

type Kind =
  | { kind: 'text'; pattern?: RegExp; allowed?: string }
  | { kind: 'secret'; minimum?: number }
  | { kind: 'flag' }
  | { kind: 'number'; minimum: number; maximum: number; unit?: string }
  | { kind: 'choice'; choices: readonly string[] }
  | { kind: 'list' }
  /** Values by their names. */
  | { kind: 'map' }
  /** A list of IP addresses and networks. */
  | { kind: 'networks' }
  /** An old name that has no effect here: accepted, and reported in the log. */
  | { kind: 'ignored' }

export type Setting = Kind & {
  group: string
  /** undefined: it has no default; its meaning explains what that does. */
  default?: string | number | boolean | readonly unknown[] | Readonly<Record<string, unknown>>
  meaning: string
  example?: string
  /** `rhizo init-db` generates it; it must be set, unless optional. */
  generated?: true | 'optional'
}
