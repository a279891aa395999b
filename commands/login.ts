/** `rhizo login`: signs in to a server and stores a profile for it. */
import { Fault } from '../src/base/fault.ts'
import type { Whoami } from '../src/client/types.ts'
import { askPassword, askText, canAsk, choose, readSecretLine } from './support/prompt.ts'
import { action, type CommandGroup, type OptionsOf } from './support/session.ts'
import type { Session } from './support/session.ts'

const describe = (program: CommandGroup) =>
  program
    .command('login')
    .description(
      "Sign in to a server and remember it, under the name that --profile gives (unless given, the server's), as the current " +
        'profile. Asks for a key, or for e-mail address and password; from a password it makes a key for itself and forgets the ' +
        'password.',
    )
    .argument('[server]', 'host, host:port or URL; https is used for any host but this machine, unless the URL says otherwise')
    .option('--email <address>', 'sign in with this e-mail address (or user name) and a password')
    .option('--code <code>', 'code of your second factor, if you have one: from the app, or a recovery code')
    .option('--org <name>', 'organization that the key is made for, when you belong to several')
    .option('--key-stdin', 'read a key from the first line of stdin')
    .option('--password-stdin', 'read the password from the first line of stdin; --email says whose')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo login lab.example.com\n  rhizo login http://192.168.1.20:5000 --profile greenhouse\n' +
        '  rhizo login lab.example.com --key-stdin < key.txt',
    )

type Options = OptionsOf<typeof describe>

export function define(program: CommandGroup): void {
  describe(program).action(
    action(async (session, server, options) => {
      const { serverUrl } = await import('../src/client/connection.ts')
      const url = serverUrl(server ?? session.globals.server ?? (await askText('Server', 'SERVER')))
      const { key, isOwn } = await obtainKey(session, url, options)
      const { Client } = await import('../src/client/client.ts')
      const client = new Client({ server: url, key })
      const answer = await client.whoami()
      client.close()
      if (answer.kind === 'anonymous') throw new Fault('unauthenticated', 'The key is not known there.')
      const { saveProfile } = await import('../src/client/profiles.ts')
      const name = session.globals.profile ?? new URL(url).hostname.replace(/[^\w.-]/g, '')
      await saveProfile(name, { server: url, key, identity: identityOf(answer), ...(isOwn ? { own_key: true } : {}) })
      await session.out.show(
        { profile: name, server: url, identity: identityOf(answer) },
        canAsk() ? `Signed in to ${url} as ${identityOf(answer)}; the profile is "${name}".` : '',
      )
    }),
  )
}

async function obtainKey(session: Session, url: string, options: Options): Promise<{ key: string; isOwn: boolean }> {
  if (session.globals.key !== undefined) return { key: session.globals.key, isOwn: false }
  if (options.keyStdin === true) return { key: await readSecretLine('--key-stdin'), isOwn: false }
  const byPassword =
    options.email !== undefined || options.passwordStdin === true || !canAsk()
      ? 'password'
      : await choose('Sign in with', [
          { name: 'e-mail address and password', value: 'password' },
          { name: 'a secret key', value: 'key' },
        ])
  if (byPassword === 'key') return { key: (await askPassword('Key', '--key-stdin')).trim(), isOwn: false }
  const user = options.email ?? (await askText('E-mail address', '--email, or --key-stdin'))
  const password =
    options.passwordStdin === true ? await readSecretLine('--password-stdin') : await askPassword('Password', '--password-stdin')
  const { makeKeyByPassword } = await import('../src/client/sign-in.ts')
  return { key: (await makeKeyByPassword({ url, user, password, code: options.code, organization: options.org })).secret_key, isOwn: true }
}

function identityOf(answer: Whoami): string {
  if (answer.controller !== undefined) return answer.controller.path
  return answer.user?.email_address ?? answer.user?.user_name ?? `user ${answer.user?.id ?? ''}`
}
