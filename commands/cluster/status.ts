/** `rhizo cluster status`: the daemons that share this machine's database. */
import { action, type CommandGroup } from '../support/session.ts'

export function define(cluster: CommandGroup): void {
  cluster
    .command('status')
    .description(
      "Show the daemons that share this machine's database, as the database knows them: which one leads, where the others reach each of " +
        'them, and how long ago each gave a sign of life. Asks the database alone.',
    )
    .addHelpText('after', '\nExamples:\n  rhizo cluster status\n  rhizo cluster status --json')
    .action(
      action(async (session) => {
        const [{ loadSettings }, { PostgresCluster }, { invalid }] = await Promise.all([
          import('../../src/settings/settings.ts'),
          import('../../src/database/postgres/cluster-table.ts'),
          import('../../src/base/fault.ts'),
        ])
        const settings = loadSettings()
        if (!settings.isOnServer)
          throw invalid(`The database ${settings.databaseFile} is a file, which one daemon alone uses: see docs/cluster.md.`)
        const table = await PostgresCluster.load(settings.DATABASE_URI, 'status')
        try {
          const members = await table.members()
          if (members.length === 0 && !session.out.json)
            return await session.out.show({}, 'No daemon with the setting CLUSTER uses this database.')
          await session.out.list(
            members.map(({ name, address, version, seen, leads, isReady, connections }) => ({
              name,
              role: roleOf(leads, isReady),
              address,
              version,
              connections,
              seen_s: Math.round(seen * 10) / 10,
            })),
            [
              { title: 'daemon', value: (member) => member.name },
              { title: 'role', value: (member) => member.role },
              { title: 'address', value: (member) => member.address },
              { title: 'version', value: (member) => member.version },
              { title: 'connections', value: (member) => member.connections, align: 'right' },
              { title: 'seen, s ago', value: (member) => member.seen_s.toFixed(1), align: 'right' },
            ],
          )
        } finally {
          await table.close()
        }
      }),
    )
}

const roleOf = (leads: boolean, isReady: boolean): string => (!leads ? 'passes on' : isReady ? 'leads' : 'begins to lead')
