/** Types of resources and of sequences, with their numbers on the wire. Source: protocol, section 4. */

export const BASIC_FOLDER = 10
export const ORGANIZATION_FOLDER = 11
export const CONTROLLER_FOLDER = 12
export const REMOTE_FOLDER = 13
export const FILE = 20
export const SEQUENCE = 21
export const APP = 22

/** The numbers by their names on the wire. */
export const RESOURCE_TYPES = {
  basic_folder: BASIC_FOLDER,
  organization_folder: ORGANIZATION_FOLDER,
  controller_folder: CONTROLLER_FOLDER,
  remote_folder: REMOTE_FOLDER,
  file: FILE,
  sequence: SEQUENCE,
  app: APP,
} as const

export type ResourceTypeName = keyof typeof RESOURCE_TYPES

export const resourceTypeNames: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(RESOURCE_TYPES).map(([name, number]) => [number, name]),
)

/** `file` for 20, and `type 99` for one that this version does not know. */
export const resourceTypeName = (type: number): string => resourceTypeNames[type] ?? `type ${type}`

/** Name of the organization at the root of every server; its admins are the system admins. */
export const SYSTEM_FOLDER = 'system'
/** Its folder with the log of the audit trail, in which the server alone writes. */
export const AUDIT_FOLDER = 'audit'

const numbersByName = new Map<string, number>(
  Object.entries(resourceTypeNames).flatMap(([number, name]) => {
    const camel = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
    return [
      [name, Number(number)],
      [camel, Number(number)],
      [number, Number(number)],
    ] as [string, number][]
  }),
)

/** The number of a type, given by name (`basic_folder`, or old `basicFolder`) or by digits; undefined if there is none. */
export const resourceTypeNumber = (text: string): number | undefined => numbersByName.get(text)

export const isFolderType = (type: number): boolean => type >= 10 && type < 20

export const NUMERIC = 1
export const TEXT = 2
export const IMAGE = 3
export type DataType = typeof NUMERIC | typeof TEXT | typeof IMAGE

/** The numbers by their names on the wire. */
export const DATA_TYPES = { numeric: NUMERIC, text: TEXT, image: IMAGE } as const

export type DataTypeName = keyof typeof DATA_TYPES

export const dataTypeNames: Readonly<Record<DataType, DataTypeName>> = { [NUMERIC]: 'numeric', [TEXT]: 'text', [IMAGE]: 'image' }

/** `text` for 2, and `type 9` for one that this version does not know. */
export const dataTypeName = (type: number): string => (dataTypeNames as Readonly<Record<number, string>>)[type] ?? `type ${type}`

/** The data type, given by number, digits or name; undefined if there is none. */
export function dataTypeNumber(value: unknown): DataType | undefined {
  const text = String(value)
  for (const type of [NUMERIC, TEXT, IMAGE] as const) if (text === String(type) || text === dataTypeNames[type]) return type
  return undefined
}
