/** `rhizo permit`: shows and replaces the permission records of a resource. */
import { invalid } from '../src/base/fault.ts'
import type { Client } from '../src/client/client.ts'
import {
  NONE,
  ONE_CONTROLLER,
  ONE_USER,
  ORGANIZATION_CONTROLLERS,
  ORGANIZATION_USERS,
  PUBLIC,
  READ,
  WRITE,
  type PermissionRecord,
} from '../src/wire/permissions.ts'
import { RESOURCE_TYPES } from '../src/wire/resource-types.ts'
import { findOrganizationId, findUserId } from './support/lookup.ts'
import { action, requirePath, type CommandGroup, type OptionsOf } from './support/session.ts'

const TYPES = {
  public: PUBLIC,
  org: ORGANIZATION_USERS,
  'org-controllers': ORGANIZATION_CONTROLLERS,
  user: ONE_USER,
  controller: ONE_CONTROLLER,
} as const
const LEVELS = { none: NONE, read: READ, write: WRITE } as const

/** What `permit --json` prints for each record. */
interface Shown {
  who: string
  principal_id: number | null
  level: string
}

const collect = (value: string, before: string[] = []): string[] => [...before, value]

const describe = (program: CommandGroup) =>
  program
    .command('permit')
    .description(
      "Show a resource's own permission records, or replace them. A resource without records inherits those of its folder; its " +
        'own records stand before inherited ones for the same party. LEVEL is none, read or write.',
    )
    .argument('<path>', 'a resource')
    .option('--public <level>', 'everybody, without signing in')
    .option('--org <name:level>', "an organization's users (repeatable)", collect)
    .option('--org-controllers <name:level>', "an organization's controllers (repeatable)", collect)
    .option('--user <email:level>', 'one user, by e-mail address or id (repeatable)', collect)
    .option('--controller <path:level>', 'one controller (repeatable)', collect)
    .option('--inherit', 'remove all records, so that those of the folder count')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo permit /greenhouse/photos\n  rhizo permit /greenhouse/photos --public read --org greenhouse:write\n' +
        '  rhizo permit /greenhouse/private --org greenhouse:none --user ann@example.com:write\n' +
        '  rhizo permit /greenhouse/photos --inherit',
    )

type Options = OptionsOf<typeof describe>

export function define(program: CommandGroup): void {
  describe(program).action(
    action(async (session, given, options) => {
      const client = await session.client()
      const path = requirePath(given)
      const records = await recordsOf(client, options)
      if (options.inherit === true && records.length > 0) throw invalid('--inherit removes all records; give it alone.')
      if (options.inherit === true || records.length > 0) {
        await client.resources.setPermissions(path, options.inherit === true ? null : records)
        if (!session.out.json) return
      }
      const info = await client.resources.info(path)
      const own = info.inherits_permissions === true ? null : (info.permissions ?? null)
      const shown = own === null ? null : await Promise.all(own.map((record) => show(client, record)))
      const lines =
        shown === null ? 'inherits the permissions of its folder' : shown.map(({ who, level }) => `${level.padEnd(5)}  ${who}`).join('\n')
      await session.out.show({ path, inherits: shown === null, permissions: shown ?? [] }, lines)
    }),
  )
}

async function recordsOf(client: Client, options: Options): Promise<PermissionRecord[]> {
  const records: PermissionRecord[] = []
  if (options.public !== undefined) records.push([TYPES.public, 0, levelOf(options.public)])
  for (const text of options.org ?? []) records.push([TYPES.org, ...(await organizationLevel(client, text, '--org'))])
  for (const text of options.orgControllers ?? [])
    records.push([TYPES['org-controllers'], ...(await organizationLevel(client, text, '--org-controllers'))])
  for (const text of options.user ?? []) {
    const [address, level] = splitLevel(text, '--user')
    records.push([TYPES.user, await findUserId(client, address), level])
  }
  for (const text of options.controller ?? []) {
    const [path, level] = splitLevel(text, '--controller')
    const resource = await client.resources.info(requirePath(path))
    if (resource.type !== RESOURCE_TYPES.controller_folder) throw invalid(`--controller: ${path} is not a controller.`)
    records.push([TYPES.controller, resource.id, level])
  }
  return records
}

async function organizationLevel(client: Client, text: string, option: string): Promise<[id: number, level: number]> {
  const [name, level] = splitLevel(text, option)
  return [await findOrganizationId(client, name), level]
}

function splitLevel(text: string, option: string): [party: string, level: number] {
  const at = text.lastIndexOf(':')
  if (at <= 0) throw invalid(`${option} must be a name, a colon and a level, not ${JSON.stringify(text)}.`)
  return [text.slice(0, at), levelOf(text.slice(at + 1))]
}

function levelOf(text: string): number {
  if (text in LEVELS) return LEVELS[text as keyof typeof LEVELS]
  throw invalid(`A level is none, read or write, not ${JSON.stringify(text)}.`)
}

async function show(client: Client, [type, id, level]: PermissionRecord): Promise<Shown> {
  const kind = Object.entries(TYPES).find(([, number]) => number === type)?.[0] ?? `type ${type}`
  const levelName = Object.entries(LEVELS).find(([, number]) => number === level)?.[0] ?? String(level)
  const name = kind === 'public' ? undefined : await nameOf(client, kind, id)
  return { who: name === undefined ? kind : `${kind} ${name}`, principal_id: kind === 'public' ? null : id, level: levelName }
}

/** The name as far as the caller may see it, otherwise the id. */
async function nameOf(client: Client, kind: string, id: number): Promise<string> {
  try {
    if (kind === 'user') return (await client.users.get(id)).email_address ?? String(id)
    const organization = (await client.organizations.list()).find((candidate) => candidate.id === id)
    if (organization !== undefined) return organization.folder_name
  } catch {
    // The caller may not see the name.
  }
  return String(id)
}
