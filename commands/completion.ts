/** `rhizo completion`: prints a completion script for the shell. */
import { invalid } from '../src/base/fault.ts'
import { action, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  program
    .command('completion')
    .description('Print a script that completes commands, options and file names in the shell.')
    .argument('<shell>', 'bash, zsh or fish')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo completion bash > ~/.local/share/bash-completion/completions/rhizo\n' +
        '  rhizo completion zsh > "${fpath[1]}/_rhizo"\n  rhizo completion fish > ~/.config/fish/completions/rhizo.fish\n' +
        '  source <(rhizo completion bash)',
    )
    .action(
      action(async (session, shell) => {
        const [{ buildProgram }, { bashScript, fishScript, zshScript }] = await Promise.all([
          import('./main.ts'),
          import('./support/completion-script.ts'),
        ])
        const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript }
        if (!isIn(scripts, shell)) throw invalid(`There are scripts for bash, zsh and fish, not for ${JSON.stringify(shell)}.`)
        const script = scripts[shell](await buildProgram(() => true))
        await session.out.show({ shell, script }, script.trimEnd())
      }),
    )
}

const isIn = <T extends object>(table: T, name: PropertyKey): name is keyof T => Object.hasOwn(table, name)
