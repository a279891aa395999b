/** `rhizo pin`: PINs, with which new controllers get their key. */
import { action, requirePath, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  const pin = program.command('pin').description('PINs, which new controllers without a key show on a display or print.')

  pin
    .command('enter')
    .description('Let in the controller that shows a PIN: it gets a key for the controller at PATH. A PIN is valid for 30 minutes.')
    .argument('<pin>', 'the four digits')
    .argument('<path>', 'the controller that it shall be; see "rhizo controller create"')
    .addHelpText('after', '\nExamples:\n  rhizo pin enter 4711 /greenhouse/north')
    .action(
      action(async (session, digits, given) => {
        const path = requirePath(given)
        await (await session.client()).pins.enter(digits, path)
        await session.out.done({ controller_path: path })
      }),
    )
}
