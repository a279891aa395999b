/** The options that every command takes. */
import type { Command } from '@commander-js/extra-typings'

export const addGlobalOptions = (program: Command) =>
  program
    .optionsGroup('Options that every command takes:')
    .option('--server <server>', 'host, host:port or URL of the server')
    .option('--key <key>', 'secret key (visible to others on this machine while the command runs; see "rhizo login")')
    .option('--profile <name>', 'use a profile that "rhizo login" has stored')
    .option('--timeout <seconds>', 'silence after which the server counts as out of reach (60)')
    .option('--json', 'print JSON for programs, as docs/json.md describes it')

export type GlobalOptions = ReturnType<ReturnType<typeof addGlobalOptions>['opts']>
