/** `rhizo service logs`: what the service has written, from systemd's journal. */
import { PartlyFailed } from '../support/exit-code.ts'
import { action, optionalCount, type CommandGroup } from '../support/session.ts'
import { attach, requireName, requireSystemd, SERVICE } from './systemd.ts'

export function define(service: CommandGroup): void {
  service
    .command('logs')
    .description("Show the service's last lines, with its log; other users than root have to be in the group systemd-journal or adm.")
    .option('--name <name>', 'what systemd calls it', SERVICE)
    .option('-n, --number <lines>', 'how many lines', '100')
    .option('-f, --follow', 'then each new one, until Ctrl-C')
    .option('--since <time>', 'from a time on, as journalctl takes it: "1 hour ago", "2026-01-31 12:00"')
    .addHelpText('after', '\nExamples:\n  rhizo service logs -f\n  rhizo service logs --since "1 hour ago" -n 1000')
    .action(
      action(async (session, { name, number, follow, since }) => {
        requireSystemd()
        const args = ['--unit', requireName(name), '--no-pager', '--lines', String(optionalCount(number, '--number') ?? 100)]
        if (follow === true) args.push('--follow')
        if (since !== undefined) args.push(`--since=${since}`)
        // Objects with --json, and otherwise only what the server wrote, with its times.
        args.push('--output', session.out.json ? 'json' : 'cat')
        if ((await attach('journalctl', ...args)) !== 0) throw new PartlyFailed()
      }),
    )
}
