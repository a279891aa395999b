/** `rhizo create-admin`: creates a system administrator directly in the database of this machine's server. */
import type { CreatedAdmin, NewAdmin } from '../src/people/first-admin.ts'
import { withCleanUp } from '../src/base/clean-up.ts'
import { Client } from '../src/client/client.ts'
import type { Settings } from '../src/settings/settings.ts'
import { localUrl } from './support/local-server.ts'
import { askNewPassword, readSecretLine } from './support/prompt.ts'
import { action, type CommandGroup } from './support/session.ts'

const PROFILE = 'default'

export function define(program: CommandGroup): void {
  program
    .command('create-admin')
    .description(
      'Create a system administrator, straight in the database of the server on this machine, whether it runs or not. Also ' +
        'makes a key for the administrator and stores it as the profile "default", so that all other commands work at once. Asks ' +
        'for the password in a terminal.',
    )
    .argument('<email>', 'e-mail address; EMAIL:PASSWORD gives the password too, visible to others on this machine')
    .option('--org <folder>', 'make an organization with this folder name too (unless it is there), administered by the new user')
    .option('--name <name>', 'full name')
    .option('--password-stdin', 'read the password from the first line of stdin')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo create-admin ann@example.com --org greenhouse\n' +
        '  pass show lab | rhizo create-admin ann@example.com --password-stdin',
    )
    .action(
      action(async (session, given, options) => {
        const { loadSettings } = await import('../src/settings/settings.ts')
        const settings = loadSettings()
        const colon = given.indexOf(':')
        const emailAddress = colon < 0 ? given : given.slice(0, colon)
        const password =
          options.passwordStdin === true
            ? await readSecretLine('--password-stdin')
            : colon < 0
              ? await askNewPassword('EMAIL:PASSWORD or --password-stdin')
              : given.slice(colon + 1)
        const organization = options.org?.replace(/^\/|\/$/g, '')
        const admin = await create(settings, { emailAddress, password, fullName: options.name, organization })
        const server = localUrl(settings)
        const { saveProfile } = await import('../src/client/profiles.ts')
        await saveProfile(PROFILE, { server, key: admin.secretKey, identity: emailAddress })
        const result = {
          user_id: admin.userId,
          email_address: emailAddress,
          organization: organization === undefined ? null : { id: admin.organizationId, path: `/${organization}` },
          key_id: admin.keyId,
          secret_key: admin.secretKey,
          profile: PROFILE,
          server,
        }
        await session.out.show(
          result,
          process.stdout.isTTY
            ? `${emailAddress} administers this server; the profile "${PROFILE}" holds their key. Try "rhizo whoami".`
            : '',
        )
      }),
    )
}

async function create(settings: Settings, admin: NewAdmin): Promise<CreatedAdmin> {
  const [{ createAdmin }, { openContext }, { runningDaemon }, { systemClock }, { silentLog }] = await Promise.all([
    import('../src/people/first-admin.ts'),
    import('../src/open-context.ts'),
    import('../src/database/sqlite/daemon-lock.ts'),
    import('../src/base/clock.ts'),
    import('../src/base/log.ts'),
  ])
  const opened = await openContext(settings, { clock: systemClock, log: silentLog, acquaintance: 'known' })
  const { created, isTold } = await withCleanUp(
    async () => ({ created: await createAdmin(opened.ctx, admin), isTold: (await opened.ctx.engine.others?.tell()) === true }),
    () => opened.close(),
  )
  const daemon = settings.isOnServer ? undefined : runningDaemon(settings.databaseFile)
  if (daemon !== undefined) process.kill(daemon, 'SIGHUP')
  if (daemon !== undefined || isTold) await waitUntilSeen(settings, created)
  return created
}

/** The daemon keeps resources and members in memory, and was told to read them again: waits until it has. */
async function waitUntilSeen(settings: Settings, { organizationId, secretKey }: CreatedAdmin): Promise<void> {
  const client = new Client({ server: localUrl(settings), key: secretKey, timeout: 2_000 })
  try {
    for (let attempt = 0; attempt < 50; attempt++) {
      const organizations = await client.organizations.list().catch(() => [])
      if (organizations.some(({ id }) => id === organizationId)) return
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  } finally {
    client.close()
  }
}
