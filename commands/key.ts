/** `rhizo key`: secret keys of users and controllers. */
import { Fault, invalid } from '../src/base/fault.ts'
import type { Client } from '../src/client/client.ts'
import type { Key, KeySecret } from '../src/client/types.ts'
import { findControllerId, findOrganizationId, findUserId } from './support/lookup.ts'
import { KEY_COLUMNS } from './support/key-columns.ts'
import { action, requireNumber, type CommandGroup, type OptionsOf } from './support/session.ts'

const describeCreate = (key: CommandGroup) =>
  key
    .command('create')
    .description('Make a key and print the secret, which is shown this once. Without options it is a key for you.')
    .option('--controller <path>', 'for a controller')
    .option('--mount', "with --controller: what its MQTT clients publish and subscribe to lies below the controller's folder")
    .option('--ingest <folder>', 'an address for webhooks to a folder, with a secret that is good for nothing else')
    .option('--user <email>', 'for a user, in the organization that --org names')
    .option('--org <name>', "name of the organization's folder; your own one, where there is just one, unless given")
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo key create --controller /greenhouse/north\n' +
        '  rhizo key create --controller /greenhouse/north --mount\n  rhizo key create --ingest /greenhouse/north\n' +
        '  rhizo key create --user ann@example.com --org greenhouse\n  rhizo key create --controller /greenhouse/north --json',
    )

type CreateOptions = OptionsOf<typeof describeCreate>

export function define(program: CommandGroup): void {
  const key = program.command('key').description('Secret keys, by which controllers and scripts sign in.')

  describeCreate(key).action(
    action(async (session, options) => {
      const made = await create(await session.client(), options)
      await session.out.show(
        {
          id: made.id,
          secret_key: made.secret_key,
          key_part: `${made.secret_key.slice(0, 3)}${made.secret_key.slice(-3)}`,
          ...made.of,
          ...(made.address === undefined ? {} : { address: made.address }),
        },
        made.address ?? made.secret_key,
      )
    }),
  )

  key
    .command('ls')
    .description(
      'List keys: those of a controller, or else yours, or as a system administrator all. The secrets themselves are not stored anywhere.',
    )
    .option('--controller <path>', 'those of one controller')
    .option('--ingest <folder>', 'secrets of webhooks to a folder')
    .addHelpText('after', '\nExamples:\n  rhizo key ls --controller /greenhouse/north\n  rhizo key ls --json')
    .action(
      action(async (session, options) => {
        const client = await session.client()
        const keys = await list(client, options)
        await session.out.list(keys, KEY_COLUMNS)
      }),
    )

  key
    .command('revoke')
    .description('Make keys useless at once; open connections that use them end.')
    .argument('<ids...>', 'ids, as "rhizo key ls" shows them')
    .addHelpText('after', '\nExamples:\n  rhizo key revoke 17')
    .action(
      action(async (session, ids) => {
        const client = await session.client()
        const numbers = ids.map((id) => requireNumber(id, 'ID', { whole: true, least: 1 }))
        for (const id of numbers) await client.keys.revoke(id)
        await session.out.done(numbers.map((id) => ({ id })))
      }),
    )
}

async function list(client: Client, { controller, ingest }: { controller?: string; ingest?: string }): Promise<Key[]> {
  if (ingest !== undefined) return client.keys.list({ ingestFolder: ingest })
  if (controller !== undefined) return client.keys.list({ controllerId: await findControllerId(client, controller) })
  try {
    return await client.keys.list()
  } catch (error) {
    const userId = error instanceof Fault && error.code === 'forbidden' ? (await client.whoami()).user?.id : undefined
    if (userId === undefined) throw error
    return client.keys.list({ userId })
  }
}

interface Made extends KeySecret {
  readonly of: object
  /** Of a webhook. */
  readonly address?: string
}

async function create(client: Client, options: CreateOptions): Promise<Made> {
  if (options.mount && options.controller === undefined) throw invalid('--mount goes with --controller: it is about its folder.')
  if (options.ingest !== undefined) {
    if (options.controller !== undefined || options.user !== undefined || options.org !== undefined)
      throw invalid('--ingest goes alone: its secret is good for messages to that folder only.')
    const made = await client.keys.createForIngest(options.ingest)
    return { ...made, of: { ingest_folder: options.ingest }, address: `${client.url}/api/v1/ingest/-/${made.secret_key}` }
  }
  if (options.controller !== undefined) {
    if (options.user !== undefined || options.org !== undefined)
      throw invalid('--controller goes alone: the key of a controller belongs to no user.')
    const id = await findControllerId(client, options.controller)
    return { ...(await client.keys.createForController(id, { mounted: options.mount })), of: { access_as_controller_id: id } }
  }
  const user = options.user === undefined ? (await client.whoami()).user?.id : await findUserId(client, options.user)
  if (user === undefined)
    throw new Fault('forbidden', 'The key in use is not that of a user: say with --user or --controller who the new one is for.')
  const organization = options.org === undefined ? await onlyOrganization(client) : await findOrganizationId(client, options.org)
  return { ...(await client.keys.createForUser(user, organization)), of: { access_as_user_id: user, organization_id: organization } }
}

async function onlyOrganization(client: Client): Promise<number> {
  const { organizations } = await client.whoami()
  const [first, ...others] = organizations
  if (first === undefined || others.length > 0)
    throw invalid(
      'Say with --org for which organization the key ' +
        `is${first === undefined ? '' : `: ${organizations.map(({ path }) => path.slice(1)).join(', ')}`}.`,
    )
  return first.id
}
