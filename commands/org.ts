/** `rhizo org`: organizations and their members. */
import { Fault, invalid } from '../src/base/fault.ts'
import { define as defineInvitations } from './org/invitations.ts'
import { define as defineLeaving } from './org/leaving.ts'
import { define as defineQuota } from './org/quota.ts'
import { findOrganizationId, findUserId } from './support/lookup.ts'
import { action, type CommandGroup } from './support/session.ts'

const nameOf = (folder: string): string => folder.replace(/^\/|\/$/g, '')

export function define(program: CommandGroup): void {
  const org = program.command('org').description('Organizations: folders at the top, with members and administrators.')

  org
    .command('create')
    .description('Create an organization. Only system administrators may.')
    .argument('<folder>', "name of its folder, such as 'greenhouse' for /greenhouse")
    .option('--name <name>', 'its full name; that of the folder unless given')
    .option('--time-zone <zone>', "whose clock its pages show, such as 'Europe/Berlin'")
    .addHelpText('after', "\nExamples:\n  rhizo org create greenhouse --name 'The greenhouse' --time-zone Europe/Berlin")
    .action(
      action(async (session, folder, options) => {
        const name = nameOf(folder)
        const id = await (await session.client()).organizations.create(name, options.name ?? name, options.timeZone)
        await session.made({ id, path: `/${name}`, full_name: options.name ?? name, timezone: options.timeZone ?? '' }, `/${name}`)
      }),
    )

  org
    .command('set')
    .description("Change an organization's full name or time zone. For the organization's administrators.")
    .argument('<organization>', "name of the organization's folder, which stays")
    .option('--name <name>', 'its full name')
    .option('--time-zone <zone>', "whose clock its pages show, such as 'Europe/Berlin'; '' for none")
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo org set greenhouse --time-zone America/Los_Angeles\n' +
        "  rhizo org set greenhouse --name 'The greenhouse' --time-zone ''",
    )
    .action(
      action(async (session, folder, options) => {
        if (options.name === undefined && options.timeZone === undefined) throw invalid('Say what to change: --name or --time-zone.')
        const client = await session.client()
        const id = await findOrganizationId(client, nameOf(folder))
        await client.organizations.change(nameOf(folder), { full_name: options.name, timezone: options.timeZone })
        const changed = (await client.organizations.list()).find((one) => one.id === id)
        await session.out.done({ id, path: `/${nameOf(folder)}`, full_name: changed?.full_name ?? '', timezone: changed?.timezone ?? '' })
      }),
    )

  defineQuota(org)

  org
    .command('ls')
    .description('List the organizations that you belong to; for system administrators all.')
    .addHelpText('after', '\nExamples:\n  rhizo org ls --json')
    .action(
      action(async (session) => {
        const organizations = await (await session.client()).organizations.list()
        const rows = organizations.map(({ id, folder_name: name, full_name: fullName, timezone }) => ({
          id,
          path: `/${name}`,
          full_name: fullName,
          timezone,
        }))
        await session.out.list(rows, [
          { title: 'ID', value: ({ id }) => id, align: 'right' },
          { title: 'PATH', value: ({ path }) => path },
          { title: 'NAME', value: ({ full_name: fullName }) => fullName },
          { title: 'TIME ZONE', value: ({ timezone }) => timezone },
        ])
      }),
    )

  org
    .command('members')
    .description('List the members of an organization.')
    .argument('<organization>', "name of the organization's folder")
    .addHelpText('after', '\nExamples:\n  rhizo org members greenhouse')
    .action(
      action(async (session, name) => {
        const client = await session.client()
        const members = await client.organizations.members(await findOrganizationId(client, name))
        await session.out.list(members, [
          { title: 'ID', value: ({ id }) => id, align: 'right' },
          { title: 'E-MAIL', value: (member) => member.email_address },
          { title: 'NAME', value: (member) => member.full_name },
          { title: 'ROLE', value: (member) => (member.is_admin ? 'admin' : 'member') },
        ])
      }),
    )

  org
    .command('add')
    .description(
      'Make a user a member of an organization, or change whether a member is one of its administrators. For the ' +
        "organization's administrators.",
    )
    .argument('<organization>', "name of the organization's folder")
    .argument('<user>', 'e-mail address or id')
    .option('--admin', 'as an administrator of the organization')
    .addHelpText('after', '\nExamples:\n  rhizo org add greenhouse ann@example.com --admin')
    .action(
      action(async (session, name, address, options) => {
        const client = await session.client()
        const [organization, user] = [await findOrganizationId(client, name), await findUserId(client, address)]
        const isAdmin = options.admin === true
        try {
          await client.organizations.addMember(organization, user, isAdmin)
        } catch (error) {
          if (!(error instanceof Fault && error.code === 'conflict')) throw error
          await client.organizations.changeMember(organization, user, isAdmin)
        }
        await session.out.done({ organization_id: organization, user_id: user, is_admin: isAdmin })
      }),
    )

  defineLeaving(org)
  defineInvitations(org)
}
