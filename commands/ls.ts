/** `rhizo ls`: lists the entries of a folder. */
import { Fault } from '../src/base/fault.ts'
import { joinPath } from '../src/base/path.ts'
import type { Client } from '../src/client/client.ts'
import { isFolderType, RESOURCE_TYPES, resourceTypeName, type ResourceTypeName } from '../src/wire/resource-types.ts'
import type { Resource } from '../src/client/types.ts'
import { formatSize } from './support/output.ts'
import type { Column, Output } from './support/output.ts'
import { action, requirePath, type CommandGroup, type OptionsOf } from './support/session.ts'

/** What `ls --json` prints for each entry. */
export interface Listed {
  path: string
  name: string
  id: number
  type: string
  size: number | null
  modification_timestamp: string | null
}

const describe = (program: CommandGroup) =>
  program
    .command('ls')
    .description('List the entries of a folder by name; without PATH, the organizations that you may see.')
    .argument('[path]', 'a folder; anything else is listed by itself')
    .option('-l, --long', 'type, size and time of the last change too')
    .option('-R, --recursive', 'all folders inside too')
    .option('--type <type>', `only entries of this type: ${Object.keys(RESOURCE_TYPES).join(', ')}`)
    .option('--filter <pattern>', 'only names that match, with * for any characters')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo ls\n  rhizo ls -l /greenhouse\n  rhizo ls -R /greenhouse --type sequence\n' +
        "  rhizo ls /greenhouse/photos --filter '*.jpg' --json",
    )

type Options = OptionsOf<typeof describe>

export function define(program: CommandGroup): void {
  describe(program).action(
    action(async (session, path, options) => {
      const entries = await list(await session.client(), path === undefined ? '/' : requirePath(path), options)
      await print(session.out, entries, options)
    }),
  )
}

async function list(client: Client, path: string, options: Options): Promise<Listed[]> {
  if (path === '/' && options.recursive !== true) return listOrganizations(client)
  if (path !== '/') {
    const resource = await client.resources.info(path)
    if (!isFolderType(resource.type)) return [listed(resource, path)]
  }
  const type = options.type === undefined ? {} : { type: requireType(options.type) }
  const filter = options.filter === undefined ? {} : { filter: options.filter }
  const entries = await client.resources.list(path, { recursive: options.recursive === true, extended: true, ...type, ...filter })
  return entries.map((entry) => listed(entry, entry.path ?? joinPath(path, entry.name)))
}

async function listOrganizations(client: Client): Promise<Listed[]> {
  const organizations = await client.organizations.list()
  return organizations.map(({ id, folder_name: name }) => ({
    path: `/${name}`,
    name,
    id,
    type: 'organization_folder',
    size: null,
    modification_timestamp: null,
  }))
}

function listed(entry: Resource, path: string): Listed {
  return {
    path,
    name: entry.name,
    id: entry.id,
    type: resourceTypeName(entry.type),
    size: entry.size ?? null,
    modification_timestamp: entry.modification_timestamp ?? null,
  }
}

/** @throws Fault invalid */
export function requireType(type: string): ResourceTypeName {
  if (type in RESOURCE_TYPES) return type as ResourceTypeName
  throw new Fault('invalid', `--type must be one of ${Object.keys(RESOURCE_TYPES).join(', ')}, not ${JSON.stringify(type)}.`)
}

async function print(out: Output, entries: Listed[], options: Options): Promise<void> {
  const isFolder = (type: string): boolean => type.endsWith('_folder')
  const shownName = (entry: Listed): string => {
    return `${options.recursive === true ? entry.path : entry.name}${isFolder(entry.type) ? '/' : ''}`
  }
  const long: Column<Listed>[] = [
    { title: 'TYPE', value: ({ type }) => type.replace('_folder', '').replace('basic', 'folder') },
    { title: 'SIZE', value: ({ size }) => (size === null ? '' : formatSize(size)), align: 'right' },
    { title: 'CHANGED', value: (entry) => entry.modification_timestamp },
  ]
  const names: Column<Listed> = { title: 'NAME', value: shownName, style: ({ type }) => (isFolder(type) ? 'blue' : undefined) }
  await out.list(entries, [...(options.long === true ? long : []), names], { header: options.long === true })
}
