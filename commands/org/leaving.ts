/** `rhizo org remove` and `keys`: members who leave, and the keys that they know. */
import type { Key } from '../../src/client/types.ts'
import { KEY_COLUMNS } from '../support/key-columns.ts'
import { findOrganizationId, findUserId } from '../support/lookup.ts'
import { action, type CommandGroup } from '../support/session.ts'

export function define(org: CommandGroup): void {
  org
    .command('remove')
    .description(
      "Take a member out of an organization. For the organization's administrators. Keys that the member made there for controllers " +
        'go on working unless they are revoked too.',
    )
    .argument('<organization>', "name of the organization's folder")
    .argument('<user>', 'e-mail address or id')
    .option(
      '--revoke-keys',
      'revoke the keys that they know, which "rhizo org keys" lists, and withdraw their secret links, invitations and PINs, at once; ' +
        'devices that use the keys are cut off',
    )
    .addHelpText('after', '\nExamples:\n  rhizo org remove greenhouse ann@example.com\n  rhizo org remove greenhouse 17 --revoke-keys')
    .action(
      action(async (session, name, address, options) => {
        const client = await session.client()
        const [organization, user] = [await findOrganizationId(client, name), await findUserId(client, address)]
        const keys = await client.organizations.removeMember(organization, user, { revokesKeys: options.revokeKeys === true })
        if (keys.keys_left.length > 0)
          session.out.warn(
            `They know ${keys.keys_left.length === 1 ? 'a key that goes' : `${keys.keys_left.length} keys that go`} on working here. ` +
              `See with "rhizo org keys ${name} ${user}", revoke with "--revoke" added.`,
          )
        const { links, invitations, pins } = keys.others_left
        if (links.length + invitations.length + pins.length > 0)
          session.out.warn(
            `What they made here still counts: secret links (${links.length}), invitations (${invitations.length}), PINs that a device ` +
              `may fetch its key with (${pins.length}). "--revoke-keys" withdraws such things too, when somebody is taken out.`,
          )
        await session.out.done({ organization_id: organization, user_id: user, ...keys })
      }),
    )

  org
    .command('keys')
    .description(
      'List the working keys of an organization that a person knows, before or after they leave: keys that act as them, and keys that ' +
        "they made for controllers and other members. For the organization's administrators.",
    )
    .argument('<organization>', "name of the organization's folder")
    .argument('<user>', 'e-mail address of a member, or id of a user')
    .option('--revoke', 'revoke them all at once; devices that use them are cut off')
    .addHelpText('after', '\nExamples:\n  rhizo org keys greenhouse ann@example.com\n  rhizo org keys greenhouse 17 --revoke')
    .action(
      action(async (session, name, address, options) => {
        const client = await session.client()
        const [organization, user] = [await findOrganizationId(client, name), await findUserId(client, address)]
        if (options.revoke !== true) return session.out.list<Key>(await client.organizations.keysKnownTo(organization, user), KEY_COLUMNS)
        const revoked = await client.organizations.revokeKeysKnownTo(organization, user)
        await session.out.done({ organization_id: organization, user_id: user, keys_revoked: revoked })
      }),
    )
}
