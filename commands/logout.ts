/** `rhizo logout`: removes a profile, and revokes a key that was made for it. */
import { invalid } from '../src/base/fault.ts'
import type { Profile } from '../src/client/profiles.ts'
import { sentenceOf } from './support/exit-code.ts'
import { action, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  program
    .command('logout')
    .description('Forget a profile: the current one, or that of --profile. A key that "rhizo login" made from a password is revoked too.')
    .addHelpText('after', '\nExamples:\n  rhizo logout\n  rhizo logout --profile greenhouse')
    .action(
      action(async (session) => {
        const { readProfiles, writeProfiles } = await import('../src/client/profiles.ts')
        const { current, profiles } = await readProfiles()
        const name = session.globals.profile ?? current
        const profile = name === undefined ? undefined : profiles[name]
        if (name === undefined || profile === undefined)
          throw invalid(name === undefined ? 'You are not signed in.' : `There is no profile ${JSON.stringify(name)}.`)
        const revoked = profile.own_key === true && (await revoke(profile, (sentence) => session.out.warn(sentence)))
        const others = Object.fromEntries(Object.entries(profiles).filter(([other]) => other !== name))
        await writeProfiles({ current: current === name ? undefined : current, profiles: others })
        await session.out.done({ profile: name, key_revoked: revoked })
      }),
    )
}

/** Signing out works without the server, too; the key then stays valid there, and a warning says so. */
async function revoke(profile: Profile, warn: (sentence: string) => void): Promise<boolean> {
  const { Client } = await import('../src/client/client.ts')
  const client = new Client({ server: profile.server, key: profile.key })
  try {
    const { key_id: id } = await client.whoami()
    if (id == null) return false
    await client.keys.revoke(id)
    return true
  } catch (error) {
    warn(`The profile is forgotten, but its key was not revoked on the server: ${sentenceOf(error)}`)
    return false
  } finally {
    client.close()
  }
}
