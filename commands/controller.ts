import type { Command } from 'commander'
import { isFolderType, RESOURCE_TYPES, resourceTypeName } from '../src/client/types.ts'
import type { Resource } from '../src/client/types.ts'
import type { Client } from '../src/client/client.ts'
import { invalid } from '../src/fault.ts'
import { formatFields } from './output.ts'
import { action, requirePath } from './session.ts'

export function define(program: Command): void {
  const controller = program.command('controller').description('Controllers: the machines that measure and act, each with a folder of its own.')

  controller
    .command('create')
    .description('Create a controller: its folder, a log, and sequences for its own state. Prints nothing, unless --with-key asks for a key.')
    .argument('<path>', 'where; folders above are made as needed')
    .option('--with-key', 'make a key for it too, and print the secret, which is shown this once')
    .addHelpText('after', '\nExamples:\n  rhizo controller create /greenhouse/north\n  rhizo controller create /greenhouse/south --with-key')
    .action(
      action(async (session, given: string, options: { withKey?: true }) => {
        const client = await session.client()
        const path = requirePath(given)
        const id = await client.resources.create(path, 'controller_folder')
        if (options.withKey !== true) return session.out.done({ id, path })
        const key = await client.keys.createForController(id)
        return session.out.show({ id, path, key_id: key.id, secret_key: key.secret_key }, key.secret_key)
      }),
    )

  controller
    .command('ls')
    .description('List controllers: all that you may see, or those in a folder.')
    .argument('[path]', 'a folder; all organizations unless given')
    .addHelpText('after', '\nExamples:\n  rhizo controller ls\n  rhizo controller ls /greenhouse --json')
    .action(
      action(async (session, path: string | undefined) => {
        const client = await session.client()
        const folders = path === undefined ? (await client.organizations.list()).map(({ folder_name: name }) => `/${name}`) : [requirePath(path)]
        const rows: State[] = []
        for (const folder of folders) {
          const entries = await client.resources.list(folder, { recursive: true, type: 'controller_folder', extended: true })
          rows.push(...entries.map((entry) => stateOf(entry, entry.path ?? `${folder}/${entry.name}`)))
        }
        await session.out.list(rows, [
          { title: 'PATH', value: (row) => row.path },
          { title: 'STATE', value: (row) => (row.connected ? 'connected' : '') },
          { title: 'LAST SEEN', value: (row) => row.last_watchdog_timestamp ?? row.last_connect_timestamp },
          { title: 'VERSION', value: (row) => row.client_version },
        ])
      }),
    )

  controller
    .command('status')
    .description('Show whether a controller is connected, when it was last seen, and the status that it reports.')
    .argument('<path>', 'a controller; "self" for the one whose key is used')
    .addHelpText('after', '\nExamples:\n  rhizo controller status /greenhouse/north')
    .action(
      action(async (session, given: string) => {
        const resource = await requireController(await session.client(), given)
        const state = stateOf(resource, resource.path ?? requirePath(given))
        const fields: [string, string][] = [
          ['state', state.connected ? 'connected' : 'not connected'],
          ['last connected', state.last_connect_timestamp ?? 'never'],
          ['last seen', state.last_watchdog_timestamp ?? 'never'],
          ['version', state.client_version ?? ''],
          ...Object.entries(state.status).map(([name, value]): [string, string] => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
        ]
        await session.out.show(state, formatFields(fields))
      }),
    )
}

interface State {
  id: number
  path: string
  connected: boolean
  client_version: string | null
  last_connect_timestamp: string | null
  last_watchdog_timestamp: string | null
  status: Record<string, unknown>
}

function stateOf(resource: Resource, path: string): State {
  // The old API writes these as `2026-01-31T12:00:00 Z`, or as an empty text for never.
  const time = (text: string | undefined): string | null => (text === undefined || text === '' ? null : text.replace(' Z', 'Z'))
  return {
    id: resource.id,
    path,
    connected: resource.web_socket_connected === true,
    client_version: resource.client_version ?? null,
    last_connect_timestamp: time(resource.last_connect_timestamp),
    last_watchdog_timestamp: time(resource.last_watchdog_timestamp),
    status: resource.status ?? {},
  }
}

async function requireController(client: Client, path: string): Promise<Resource> {
  const resource = await client.resources.info(path === 'self' ? path : requirePath(path))
  if (resource.type !== RESOURCE_TYPES.controller_folder) throw invalid(`${path} is not a controller but a ${isFolderType(resource.type) ? 'folder' : resourceTypeName(resource.type)}.`)
  return resource
}
