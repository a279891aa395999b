/** `rhizo standby follow`: makes this machine the standby of a lab, and serves as that. */
import { invalid } from '../../src/base/fault.ts'
import { serveHere } from '../serve.ts'
import { action, type CommandGroup } from '../support/session.ts'

export function define(standby: CommandGroup): void {
  standby
    .command('follow')
    .description(
      'Follow a lab: take its settings and secrets, database and files over, then each change within seconds, and serve its pages ' +
        'read-only. From then on "rhizo serve" does the same here. The lab allows it with the setting STANDBY_ALLOWED, and a system ' +
        "admin's key is needed: of the profile for that server, of --key or RHIZO_SECRET_KEY.",
    )
    .argument('<server>', 'the lab: host:port, or a URL')
    .option('--url <url>', 'where the lab reaches this server: it asks here whether it still is the lab; PUBLIC_URL unless given')
    .option('--over', 'put the lab that is here aside: settings and database as NAME.before-standby-TIME')
    .option('--setup', 'only prepare this place, and serve later with "rhizo serve"')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo standby follow https://lab.example.com --url https://two.example.com' +
        '\n  rhizo standby follow 192.168.1.10:5000 --setup && sudo systemctl start rhizo',
    )
    .action(
      action(async (session, server, { url, over, setup }) => {
        const [{ beginFollowing }, { settingsFile }, { findConnection }, { systemClock }] = await Promise.all([
          import('../../src/standby/begin-following.ts'),
          import('../../src/settings/settings.ts'),
          import('../../src/client/connection.ts'),
          import('../../src/base/clock.ts'),
        ])
        const { profile } = session.globals
        const found = await findConnection({ server, key: session.globals.key, ...(profile === undefined ? {} : { profile }) })
        if (found.key === undefined) throw invalid(`There is no key for ${found.url}: sign in there with "rhizo login", or give --key.`)
        if (url !== undefined && !/^https?:\/\/[^\s/?#]+/.test(url)) throw invalid('--url must begin with http:// or https://.')
        if (found.url.startsWith('http:') && !/^http:\/\/(?:127\.|localhost|\[::1\])/.test(found.url))
          session.out.warn(`The way to ${found.url} is not encrypted: whoever listens there gets the lab's secrets. Use https.`)
        const { settings, aside } = await beginFollowing({
          server: found.url,
          key: found.key,
          url,
          settingsFile: settingsFile(),
          environment: process.env,
          isOver: over === true,
          clock: systemClock,
        })
        for (const path of aside) session.out.warn(`Put aside: ${path}`)
        if (setup !== true) return serveHere(session, false)
        return session.out.done({ server: found.url, settings_file: settings.file, database_file: settings.databaseFile })
      }),
    )
}
