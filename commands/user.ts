/** `rhizo user`: users of the server. */
import { Fault } from '../src/base/fault.ts'
import { findUserId } from './support/lookup.ts'
import { askNewPassword, askPassword, readSecretLine } from './support/prompt.ts'
import { action, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  const user = program.command('user').description('Users: people who sign in with a password, or scripts with a key.')

  user
    .command('create')
    .description('Create a user. Only system administrators may. Asks for a password in a terminal.')
    .argument('<email>', 'e-mail address')
    .option('--name <name>', 'full name')
    .option('--user-name <name>', 'name to sign in with, beside the e-mail address')
    .option('--admin', 'as a system administrator')
    .option('--password-stdin', 'read the password from the first line of stdin')
    .addHelpText(
      'after',
      "\nExamples:\n  rhizo user create ann@example.com --name 'Ann Lee'\n" +
        '  pass show ann | rhizo user create ann@example.com --password-stdin',
    )
    .action(
      action(async (session, email, options) => {
        const password =
          options.passwordStdin === true ? await readSecretLine('--password-stdin') : await askNewPassword('--password-stdin')
        const id = await (await session.client()).users.create({
          email_address: email,
          password,
          ...(options.name === undefined ? {} : { full_name: options.name }),
          ...(options.userName === undefined ? {} : { user_name: options.userName }),
          ...(options.admin === true ? { role: 'system_admin' } : {}),
        })
        await session.out.done({ id, email_address: email })
      }),
    )

  user
    .command('ls')
    .description('List all users. Only system administrators may.')
    .addHelpText('after', '\nExamples:\n  rhizo user ls --json')
    .action(
      action(async (session) => {
        const users = await (await session.client()).users.list()
        await session.out.list(users, [
          { title: 'ID', value: ({ id }) => id, align: 'right' },
          { title: 'E-MAIL', value: (row) => row.email_address },
          { title: 'USER NAME', value: (row) => row.user_name },
          { title: 'NAME', value: (row) => row.full_name },
          { title: 'ROLE', value: (row) => (row.role === 2 ? 'system admin' : '') },
        ])
      }),
    )

  user
    .command('passwd')
    .description(
      "Change your password, or as a system administrator somebody else's. Asks in a terminal; --password-stdin reads the old " +
        'one, where it is needed, and the new one from two lines of stdin.',
    )
    .argument('[user]', 'e-mail address or id; you unless given')
    .option('--password-stdin', 'read the new password from the first line of stdin')
    .option('--old-password-stdin', 'read the old password from the first line of stdin, the new one from the second')
    .addHelpText('after', '\nExamples:\n  rhizo user passwd\n  pass show ann | rhizo user passwd ann@example.com --password-stdin')
    .action(
      action(async (session, address, options) => {
        const client = await session.client()
        const self = (await client.whoami()).user
        if (self === undefined) throw new Fault('forbidden', 'The key is not that of a user.')
        const id = address === undefined ? self.id : await findUserId(client, address)
        const fields = await passwords(id === self.id, options)
        await client.users.update(id, fields)
        await session.out.done({ id })
      }),
    )
}

async function passwords(isSelf: boolean, options: { passwordStdin?: true; oldPasswordStdin?: true }): Promise<Record<string, string>> {
  if (options.oldPasswordStdin === true) {
    const lines = await readLines(2)
    return { old_password: lines[0] ?? '', password: lines[1] ?? '' }
  }
  if (options.passwordStdin === true) return { password: await readSecretLine('--password-stdin') }
  const old = isSelf ? { old_password: await askPassword('Present password', '--old-password-stdin') } : {}
  return { ...old, password: await askNewPassword('--password-stdin') }
}

async function readLines(count: number): Promise<string[]> {
  const { readLineBatches } = await import('../src/client/lines.ts')
  const lines: string[] = []
  for await (const batch of readLineBatches(process.stdin)) {
    lines.push(...batch)
    if (lines.length >= count) break
  }
  if (lines.length < count) throw new Fault('invalid', `stdin holds fewer than ${count} lines.`)
  return lines
}
