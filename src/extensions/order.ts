/** The order in which extensions are set up: each after those that it requires. */
import type { Extension } from './interface.ts'

export interface Ordered<T> {
  readonly order: readonly T[]
  /** Why others can't be set up, by name. */
  readonly problems: ReadonlyMap<string, string>
}

/**
 * @param found those that could be read
 * @param broken names of those that could not
 */
export function orderByRequirements<T extends { readonly definition: Pick<Extension, 'name' | 'version' | 'requires'> }>(
  found: readonly T[],
  broken: ReadonlySet<string>,
): Ordered<T> {
  const byName = new Map(found.map((one) => [one.definition.name, one]))
  const problems = new Map<string, string>()
  const order: T[] = []
  const done = new Set<string>()
  const visit = (one: T, above: readonly string[]): void => {
    const { name, requires } = one.definition
    if (done.has(name) || problems.has(name)) return
    if (above.includes(name)) {
      const circle = [...above.slice(above.indexOf(name)), name].join(' requires ')
      for (const member of above.slice(above.indexOf(name))) problems.set(member, `they require one another in a circle: ${circle}.`)
      return
    }
    for (const [other, least] of Object.entries(requires)) {
      if (other === 'host') continue
      const required = byName.get(other)
      if (required) visit(required, [...above, name])
      const problem = problemOf(other, String(least), required?.definition.version, broken.has(other) || problems.has(other))
      if (problem !== undefined && !problems.has(name)) problems.set(name, problem)
    }
    if (problems.has(name)) return
    done.add(name)
    order.push(one)
  }
  for (const one of [...found].sort((a, b) => (a.definition.name < b.definition.name ? -1 : 1))) visit(one, [])
  return { order, problems }
}

function problemOf(name: string, least: string, version: string | undefined, isBroken: boolean): string | undefined {
  if (isBroken) return `it requires ${name}, which can't be loaded itself.`
  if (version === undefined)
    return `it requires ${name}, which is not there: put it into the folder of extensions, and name it in EXTENSIONS.`
  return satisfies(version, least) ? undefined : `it requires ${name} ${least} or later of the same first number, and ${version} is there.`
}

/** Whether a version is at least another one, with the same first number. */
export function satisfies(version: string, least: string): boolean {
  const [has, wants] = [version, least].map((text) => text.split('.').map(Number))
  if (!has || !wants || has[0] !== wants[0]) return false
  for (let at = 1; at < 3; at++) {
    const [one = 0, other = 0] = [has[at], wants[at]]
    if (one !== other) return one > other
  }
  return true
}
