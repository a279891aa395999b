/** Reserved names, which folders at the root can't have: the server's own addresses begin with them. */
import { invalid } from '../base/fault.ts'
import { quote } from '../base/path.ts'

const OWN = ['-', 'api', 'search', 'health', 'metrics', 'mqtt', 'self', 'robots.txt', 'favicon.ico', 'write', 'ping', 'query']
const RESERVED: ReadonlySet<string> = new Set(OWN)

export const isReservedRootName = (name: string): boolean => RESERVED.has(name)

/** @throws Fault invalid naming the field */
export function requireRootName(name: string, field: string): string {
  if (isReservedRootName(name))
    throw invalid(
      `${field}: ${quote(name)} is an address of the server itself (as are ` +
        `${[...RESERVED].filter((other) => other !== name).join(', ')}). Choose another name.`,
    )
  return name
}
