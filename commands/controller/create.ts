/** `rhizo controller create`: creates a controller, and if requested a key for it. */
import { action, requirePath, type CommandGroup } from '../support/session.ts'

export function define(controller: CommandGroup): void {
  controller
    .command('create')
    .description(
      'Create a controller: its folder, a log, and sequences for its own state. Prints nothing, unless --with-key asks for a key.',
    )
    .argument('<path>', 'where; folders above are made as needed')
    .option('--with-key', 'make a key for it too, and print the secret, which is shown this once')
    .option('--create-sequences', 'values for names that are not there make sequences, for devices that say what they measure')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo controller create /greenhouse/north\n  rhizo controller create /greenhouse/south --with-key\n' +
        '  rhizo controller create /greenhouse/telegraf --with-key --create-sequences',
    )
    .action(
      action(async (session, given, options) => {
        const client = await session.client()
        const path = requirePath(given)
        const id = await client.resources.create(
          path,
          'controller_folder',
          options.createSequences === true ? { system_attributes: { create_sequences: true } } : {},
        )
        if (options.withKey !== true) return session.made({ id, path }, path)
        const key = await client.keys.createForController(id)
        return session.out.show({ id, path, key_id: key.id, secret_key: key.secret_key }, key.secret_key)
      }),
    )
}
