/** The table of commands, with the files that implement them. Only the command that is called is loaded; help needs only this table. */
import { Command, CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { escapeHiddenInLines } from '../src/base/hidden-text.ts'
import { VERSION } from '../src/base/version.ts'
import { foreignCode } from '../src/extensions/foreign-code.ts'
import type { CommandGroup } from './support/session.ts'
import { addGlobalOptions } from './support/global-options.ts'
import { firstSentence } from './support/help-text.ts'
import { EXIT, exitCodeOf, PartlyFailed, sentenceOf } from './support/exit-code.ts'
import { complain } from './support/terminal-text.ts'

interface Entry {
  name: string
  group: string
  summary: string
  /** Loads the function that adds the command, with its arguments and help, to the program. */
  load: () => Promise<{ define: (program: CommandGroup) => void }>
}

const LOOKING = 'Looking around:'
const FILES = 'Files and folders:'
const VALUES = 'Values and messages:'
const PEOPLE = 'People, controllers and keys:'
const SIGNING_IN = 'Signing in:'
const SERVER = "On the server's machine:"

/** What the server's own commands make is for its user alone: databases, logs, locks, backups. */
const PRIVATE = 0o077

export const COMMANDS: Entry[] = [
  { name: 'whoami', group: LOOKING, summary: 'show which server answers and who it takes you for', load: () => import('./whoami.ts') },
  { name: 'ls', group: LOOKING, summary: 'list a folder', load: () => import('./ls.ts') },
  { name: 'find', group: LOOKING, summary: 'find resources by words in their names and paths', load: () => import('./find.ts') },
  { name: 'open', group: LOOKING, summary: 'open the page of a resource in a browser', load: () => import('./open.ts') },
  { name: 'info', group: LOOKING, summary: 'show all that is known of one resource', load: () => import('./info.ts') },
  { name: 'cat', group: FILES, summary: "print a file, or a sequence's newest value", load: () => import('./cat.ts') },
  { name: 'put', group: FILES, summary: 'upload files and folders', load: () => import('./put.ts') },
  { name: 'get', group: FILES, summary: 'download a file or a folder', load: () => import('./get.ts') },
  { name: 'mkdir', group: FILES, summary: 'make folders', load: () => import('./mkdir.ts') },
  { name: 'mv', group: FILES, summary: 'rename or move', load: () => import('./mv.ts') },
  { name: 'rm', group: FILES, summary: 'delete, recoverably or for good', load: () => import('./rm.ts') },
  { name: 'undelete', group: FILES, summary: 'bring back what was deleted', load: () => import('./undelete.ts') },
  { name: 'revisions', group: FILES, summary: 'list the earlier states of a file', load: () => import('./revisions.ts') },
  { name: 'link', group: FILES, summary: 'secret links for people without an account: create, ls, rm', load: () => import('./link.ts') },
  { name: 'permit', group: FILES, summary: 'show or set who may read and write', load: () => import('./permit.ts') },
  {
    name: 'seq',
    group: VALUES,
    summary: 'sequences: create, set, ls, info, update, get, tail, plot, import, export, mask, calibrate, shift, delete, clear',
    load: () => import('./seq.ts'),
  },
  {
    name: 'import',
    group: VALUES,
    summary: 'bring values of other systems over: influx, thingsboard, home-assistant, emoncms',
    load: () => import('./import.ts'),
  },
  { name: 'cite', group: VALUES, summary: 'write a data set that can be cited', load: () => import('./cite.ts') },
  { name: 'verify', group: VALUES, summary: 'say whether a data set is as it was made', load: () => import('./verify.ts') },
  { name: 'alert', group: VALUES, summary: 'alerts on values and silence: create, ls, update, rm, test', load: () => import('./alert.ts') },
  { name: 'note', group: VALUES, summary: 'notes about times: add, ls, edit, rm', load: () => import('./note.ts') },
  { name: 'msg', group: VALUES, summary: 'messages: send, listen', load: () => import('./msg.ts') },
  { name: 'org', group: PEOPLE, summary: 'organizations: create, ls, members, add, remove, invite, join', load: () => import('./org.ts') },
  { name: 'user', group: PEOPLE, summary: 'users: create, ls, passwd', load: () => import('./user.ts') },
  { name: 'controller', group: PEOPLE, summary: 'controllers: create, ls, status, watch', load: () => import('./controller.ts') },
  { name: 'key', group: PEOPLE, summary: 'keys: create, ls, revoke', load: () => import('./key.ts') },
  { name: 'pin', group: PEOPLE, summary: 'let a new controller in by the PIN that it shows', load: () => import('./pin.ts') },
  { name: 'notify', group: PEOPLE, summary: 'mail, texts and webhooks: test, ls, cancel', load: () => import('./notify.ts') },
  { name: 'audit', group: PEOPLE, summary: 'who did what, to whom, from where', load: () => import('./audit.ts') },
  { name: 'clock', group: PEOPLE, summary: "the server's clock: show, confirm that it is right", load: () => import('./clock.ts') },
  { name: 'login', group: SIGNING_IN, summary: 'sign in to a server and remember it as a profile', load: () => import('./login.ts') },
  { name: 'logout', group: SIGNING_IN, summary: 'forget a profile and revoke its key', load: () => import('./logout.ts') },
  { name: 'profile', group: SIGNING_IN, summary: 'profiles: ls, use, rm', load: () => import('./profile.ts') },
  { name: 'serve', group: SERVER, summary: 'run the server', load: () => import('./serve.ts') },
  { name: 'init-db', group: SERVER, summary: 'create settings with secrets, and the database', load: () => import('./init-db.ts') },
  {
    name: 'upgrade',
    group: SERVER,
    summary: 'bring the database up to date, or say what that would do',
    load: () => import('./upgrade.ts'),
  },
  {
    name: 'service',
    group: SERVER,
    summary: 'the server as a service of this machine: install, uninstall, status, logs',
    load: () => import('./service.ts'),
  },
  { name: 'cert', group: SERVER, summary: 'certificates for TLS: self, show', load: () => import('./cert.ts') },
  { name: 'create-admin', group: SERVER, summary: 'create a system administrator', load: () => import('./create-admin.ts') },
  { name: 'doctor', group: SERVER, summary: 'examine settings, database, values, files and machine', load: () => import('./doctor.ts') },
  { name: 'extension', group: SERVER, summary: 'extensions: ls, run their commands', load: () => import('./extension.ts') },
  { name: 'backup', group: SERVER, summary: 'back the lab up while it runs, list and prove backups', load: () => import('./backup.ts') },
  { name: 'restore', group: SERVER, summary: 'make a lab of a backup', load: () => import('./restore.ts') },
  {
    name: 'import-server',
    group: SERVER,
    summary: "bring an original rhizo-server's lab over",
    load: () => import('./import-server.ts'),
  },
  { name: 'database', group: SERVER, summary: 'where the database is: move', load: () => import('./database.ts') },
  { name: 'storage', group: SERVER, summary: 'where large files are: move them, status', load: () => import('./storage.ts') },
  { name: 'cluster', group: SERVER, summary: 'several daemons on one database: status', load: () => import('./cluster.ts') },
  { name: 'standby', group: SERVER, summary: 'a second machine: follow, take-over, status', load: () => import('./standby.ts') },
  {
    name: 'drill',
    group: SERVER,
    summary: 'try whether nothing is lost when the power is cut: powercut',
    load: () => import('./drill.ts'),
  },
  {
    name: 'demo',
    group: SERVER,
    summary: 'run a server on a temporary database with controllers that replay real data',
    load: () => import('./demo.ts'),
  },
  {
    name: 'completion',
    group: 'Other:',
    summary: 'print a completion script for bash, zsh or fish',
    load: () => import('./completion.ts'),
  },
]

/** Global options that take a value, which must not be taken for the command's name. */
const GLOBALS_WITH_VALUE = new Set(['--server', '--key', '--profile', '--timeout'])

/** Whether something is left that is none of ours, so that the process doesn't end by itself. */
export const leavesCodeRunning = (): boolean => foreignCode.isLoaded

/** Runs one command. @returns the exit code */
export async function main(args: string[]): Promise<number> {
  dieQuietlyOfClosedPipe()
  try {
    const words = wordsOf(args)
    const asked = words[0] === 'help' && words.length > 1 ? await explain(words.slice(1)) : words[0] === 'version' ? ['--version'] : args
    const program = await buildProgram((name) => name === wordsOf(asked)[0])
    if (COMMANDS.find(({ name }) => name === wordsOf(asked)[0])?.group === SERVER) process.umask(PRIVATE)
    await program.parseAsync(asked, { from: 'user' })
    return EXIT.done
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
    if (error instanceof PartlyFailed) return EXIT.failed
    complain(sentenceOf(error))
    return exitCodeOf(error)
  }
}

/**
 * What leads to the help of a command of any level: commander's own "help" knows one level. Words that name no command are left to it,
 * which says so.
 */
async function explain(words: readonly string[]): Promise<string[]> {
  let at: CommandUnknownOpts | undefined = await buildProgram((name) => name === words[0])
  const path: string[] = []
  for (const word of words) {
    if (at.commands.length === 0) break
    path.push(word)
    at = at.commands.find((child) => child.name() === word || child.aliases().includes(word))
    if (!at) return path
  }
  return [...path, '--help']
}

/** The program with the wanted commands complete, and only names and summaries of the others. */
export async function buildProgram(wants: (name: string) => boolean): Promise<CommandUnknownOpts> {
  const program = new Command('rhizo')
  program
    .description("A lab's own server for time series, files and messages: this command speaks to one, and runs one.")
    .usage('COMMAND [options]')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand('help [command]', 'explain a command')
  addGlobalOptions(program)
    .configureOutput({ outputError: (text, write) => write(escapeHiddenInLines(text.replace(/^error: /, 'rhizo: '))) })
    .configureHelp({
      showGlobalOptions: true,
      subcommandDescription: (command) => (command.summary() === '' ? firstSentence(command.description()) : command.summary()),
    })
    .showHelpAfterError('(rhizo COMMAND --help explains a command)')
    .exitOverride()
    .addHelpText('after', MAIN_HELP)
  const loaded = await Promise.all(COMMANDS.map(async (entry) => (wants(entry.name) ? entry.load() : undefined)))
  for (const [at, entry] of COMMANDS.entries()) {
    const module = loaded[at]
    if (module === undefined) program.command(entry.name).summary(entry.summary)
    else module.define(program)
    const command = program.commands.find((candidate) => candidate.name() === entry.name)
    command?.helpGroup(entry.group).summary(entry.summary)
  }
  return program
}

/** The arguments that are not options of the program, beginning with the command's name, before commander has parsed anything. */
const wordsOf = (args: string[]): string[] => args.filter((arg, at) => !arg.startsWith('-') && !GLOBALS_WITH_VALUE.has(args[at - 1] ?? ''))

/** A closed pipe, as in `rhizo seq export … | head`, is not an error. */
function dieQuietlyOfClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.done)
    complain(`stdout: ${error.message}`)
    process.exit(EXIT.failed)
  })
  // What can't be said can't be said; the exit code still tells.
  process.stderr.on('error', () => {})
}

const MAIN_HELP = `
Which server, and with which key:
  the first of these that names one: --server and --key (or --profile); the environment
  variables RHIZO_SERVER_NAME, RHIZO_SECRET_KEY and RHIZO_SECURE_SERVER; server_name and
  secret_key in a controller's config.yaml or local.yaml in the current folder; the current
  profile of "rhizo login".

Exit codes:
  0 done   1 failed   2 wrong usage   3 not allowed   4 not found   5 server out of reach

Examples:
  rhizo login lab.example.com
  rhizo ls -l /greenhouse
  rhizo put report.pdf /greenhouse/reports/
  rhizo seq update /greenhouse/north/temperature 21.5
  rhizo seq tail /greenhouse/north/temperature -n 10
  rhizo help seq import`
