/** `rhizo completion`: prints a completion script for the shell. */
import { invalid } from '../src/base/fault.ts'
import { action, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  program
    .command('completion')
    .description('Print a script that completes commands, options and file names in the shell.')
    .argument('<shell>', 'bash or zsh')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo completion bash > ~/.local/share/bash-completion/completions/rhizo\n' +
        '  rhizo completion zsh > "${fpath[1]}/_rhizo"\n  source <(rhizo completion bash)',
    )
    .action(
      action(async (session, shell) => {
        const [{ buildProgram }, { bashScript, zshScript }] = await Promise.all([
          import('./main.ts'),
          import('./support/completion-script.ts'),
        ])
        if (shell !== 'bash' && shell !== 'zsh') throw invalid(`There are scripts for bash and zsh, not for ${JSON.stringify(shell)}.`)
        const everything = await buildProgram(() => true)
        const script = shell === 'bash' ? bashScript(everything) : zshScript(everything)
        await session.out.show({ shell, script }, script.trimEnd())
      }),
    )
}
