/** Asks questions in a terminal. Without a terminal, each is a usage error that names the option to give instead. */
import { invalid } from '../../src/base/fault.ts'
import { escapeHidden } from '../../src/base/hidden-text.ts'
import { readLineBatches } from '../../src/client/lines.ts'
import { complain } from './terminal-text.ts'

export const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY

/** Questions go to stderr, since stdout is for the command's output. */
const context = { output: process.stderr }

/** @throws Fault invalid without a terminal */
export async function confirm(question: string): Promise<boolean> {
  if (!canAsk()) throw invalid(`${question} Give --yes, as there is no terminal to ask in.`)
  const { default: inquirer } = await import('inquirer')
  const prompt = inquirer.createPromptModule(context)
  const { answer } = await prompt<{ answer: boolean }>([
    { type: 'confirm', name: 'answer', message: escapeHidden(question), default: false },
  ])
  return answer
}

/** @param option the option to give without a terminal */
export async function askText(question: string, option: string): Promise<string> {
  if (!canAsk()) throw invalid(`${question} is missing: give ${option}, as there is no terminal to ask in.`)
  const { default: inquirer } = await import('inquirer')
  const prompt = inquirer.createPromptModule(context)
  const { answer } = await prompt<{ answer: string }>([
    {
      type: 'input',
      name: 'answer',
      message: escapeHidden(question),
      validate: (text: string) => text.trim() !== '' || 'Type something, or press Ctrl-C.',
    },
  ])
  return answer.trim()
}

export async function askPassword(question: string, option: string): Promise<string> {
  if (!canAsk()) throw invalid(`${question} is missing: give ${option}, as there is no terminal to ask in.`)
  const { default: inquirer } = await import('inquirer')
  const prompt = inquirer.createPromptModule(context)
  const { answer } = await prompt<{ answer: string }>([{ type: 'password', name: 'answer', message: escapeHidden(question), mask: '*' }])
  return answer
}

export async function askNewPassword(option: string): Promise<string> {
  for (;;) {
    const password = await askPassword('New password', option)
    if (password === (await askPassword('Once more', option))) return password
    complain('The two are not the same.')
  }
}

/** @returns the value of the choice */
export async function choose(question: string, choices: { name: string; value: string }[]): Promise<string> {
  const { default: inquirer } = await import('inquirer')
  const prompt = inquirer.createPromptModule(context)
  const shown = choices.map(({ name, value }) => ({ name: escapeHidden(name), value }))
  const { answer } = await prompt<{ answer: string }>([{ type: 'select', name: 'answer', message: escapeHidden(question), choices: shown }])
  return answer
}

/** The first line of stdin, for secrets that should not be on a command line. */
export async function readSecretLine(option: string): Promise<string> {
  for await (const [line] of readLineBatches(process.stdin)) {
    if (line !== undefined && line !== '') return line
    break
  }
  throw invalid(`${option}: stdin is empty.`)
}
