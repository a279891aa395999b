/** `rhizo open`: opens the page of a resource in a browser. */
import { spawn } from 'node:child_process'
import { encodePath } from '../src/client/http-client.ts'
import { action, requirePath, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  program
    .command('open')
    .description(
      'Print the address of the page of a resource, and open it in a browser where there is one: in a terminal of this machine, ' +
        'not over SSH.',
    )
    .argument('[path]', 'what to look at; the first page unless given')
    .option('--print', 'only print the address')
    .addHelpText('after', '\nExamples:\n  rhizo open /greenhouse/north/temperature\n  rhizo open --print /greenhouse')
    .action(
      action(async (session, given, options) => {
        const path = given === undefined || given === '/' ? '/' : requirePath(given)
        const client = await session.client()
        if (path !== '/') await client.resources.info(path)
        const url = client.url + encodePath(path)
        const program = options.print === true || !session.out.isTerminal ? undefined : browserOf(process.platform, process.env)
        const opened = program !== undefined && (await start(program, url))
        await session.out.show({ url, opened }, url)
      }),
    )
}

/** The program that opens an address in the browser of whoever sits here; undefined: nobody would see it. */
export function browserOf(
  platform: NodeJS.Platform,
  { SSH_CONNECTION: ssh, DISPLAY: x, WAYLAND_DISPLAY: wayland }: NodeJS.ProcessEnv,
): readonly [command: string, ...args: string[]] | undefined {
  if (ssh !== undefined) return undefined
  if (platform === 'darwin') return ['open']
  // Not by "start" of cmd, for which an & in an address begins another command.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler']
  return x === undefined && wayland === undefined ? undefined : ['xdg-open']
}

/** @returns whether it began */
function start([command, ...args]: readonly [string, ...string[]], url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true })
    child.once('error', () => resolve(false))
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
  })
}
