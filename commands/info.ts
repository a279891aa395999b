/** `rhizo info`: shows everything known about one resource. */
import { dataTypeName, resourceTypeName } from '../src/wire/resource-types.ts'
import type { Resource } from '../src/client/types.ts'
import { formatFields } from './support/output.ts'
import { action, requirePath, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  program
    .command('info')
    .description('Show all that is known of one resource: type, times, size, settings, permissions.')
    .argument('<path>', 'a resource; "self" is the folder of the controller whose key is used')
    .addHelpText('after', '\nExamples:\n  rhizo info /greenhouse/north/temperature\n  rhizo info self --json')
    .action(
      action(async (session, path) => {
        const resource = await (await session.client()).resources.info(path === 'self' ? path : requirePath(path))
        await session.out.show({ ...resource, type_name: resourceTypeName(resource.type) }, describe(resource))
      }),
    )
}

/** Old names of fields that have a new name as well. */
const REPEATED = new Set(['creationTimestamp', 'modificationTimestamp', 'settings', 'lastRevisionId', 'fullPath'])

function describe(resource: Resource): string {
  const lines: [string, string][] = []
  for (const [name, value] of Object.entries(resource)) {
    if (REPEATED.has(name) || value === null || value === '' || value === undefined) continue
    if (name === 'type') lines.push([name, resourceTypeName(resource.type)])
    else if (name === 'system_attributes' || name === 'user_attributes') lines.push(...attributeLines(value))
    else lines.push([name, textOf(value)])
  }
  return formatFields(lines)
}

function attributeLines(attributes: unknown): [string, string][] {
  return Object.entries((attributes ?? {}) as Record<string, unknown>)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => [name, name === 'data_type' && typeof value === 'number' ? dataTypeName(value) : textOf(value)])
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
