/** Which alert rules hold for a resource: its own, and those of folders above it whose pattern its path fits. */
import { kindsFor, type AlertRule } from '../attributes/alert-rules.ts'
import { fitsPattern } from '../base/path-pattern.ts'
import type { Resource } from './tree.ts'

/** Maximum number of rules of one sequence, with those that it has from folders. */
const MAX_RULES = 40

/**
 * The rules to follow; undefined when there are none, and what there is when nothing has changed. Of rules with the same name the nearest
 * counts.
 */
export function effectiveRules(resource: Resource): readonly AlertRule[] | undefined {
  const rules = (resource.ownAlerts ?? []).filter(({ pattern }) => pattern === undefined)
  if (resource.sequence) {
    const kinds = kindsFor(resource.sequence.dataType)
    const names = [resource.name]
    for (let folder = resource.parent; folder; folder = folder.parent) {
      for (const rule of folder.ownAlerts ?? [])
        if (
          rule.pattern !== undefined &&
          kinds.includes(rule.kind) &&
          rules.length < MAX_RULES &&
          fitsPattern(rule.pattern, names) &&
          !rules.some(({ name }) => name === rule.name)
        )
          rules.push(rule)
      names.unshift(folder.name)
    }
  }
  const known = resource.alerts
  if (known?.length === rules.length && rules.every((rule, at) => rule === known[at])) return known
  return rules.length === 0 ? undefined : rules
}

export const hasPatterns = ({ ownAlerts }: Resource): boolean => ownAlerts?.some(({ pattern }) => pattern !== undefined) === true

/** The resource whose attributes hold a rule that is followed on another one: itself, or a folder above it. */
export function ownerOf(resource: Resource, rule: AlertRule): Resource {
  for (let owner: Resource | undefined = resource; owner; owner = owner.parent) if (owner.ownAlerts?.includes(rule) === true) return owner
  return resource
}
