/** Types of resources and of sequences, with their numbers on the wire. Source: protocol, section 4. */

export const BASIC_FOLDER = 10
export const ORGANIZATION_FOLDER = 11
export const CONTROLLER_FOLDER = 12
export const REMOTE_FOLDER = 13
export const FILE = 20
export const SEQUENCE = 21
export const APP = 22

export const resourceTypeNames: Readonly<Record<number, string>> = {
  [BASIC_FOLDER]: 'basic_folder',
  [ORGANIZATION_FOLDER]: 'organization_folder',
  [CONTROLLER_FOLDER]: 'controller_folder',
  [REMOTE_FOLDER]: 'remote_folder',
  [FILE]: 'file',
  [SEQUENCE]: 'sequence',
  [APP]: 'app',
}

/** Name of the organization at the root of every server; its admins are the system admins. */
export const SYSTEM_FOLDER = 'system'

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

export const dataTypeNames: Readonly<Record<DataType, string>> = { [NUMERIC]: 'numeric', [TEXT]: 'text', [IMAGE]: 'image' }

/** The data type, given by number, digits or name; undefined if there is none. */
export function dataTypeNumber(value: unknown): DataType | undefined {
  const text = String(value)
  for (const type of [NUMERIC, TEXT, IMAGE] as const) if (text === String(type) || text === dataTypeNames[type]) return type
  return undefined
}
