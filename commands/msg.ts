/** `rhizo msg`: sends messages to the subscribers of a folder, and prints them. */
import { Fault, invalid } from '../src/base/fault.ts'
import { escapeHidden } from '../src/base/hidden-text.ts'
import type { ServerMessage } from '../src/client/socket.ts'
import { action, optionalCount, requirePath, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  const msg = program
    .command('msg')
    .description('Messages: short notes to whoever listens to a folder. The server passes them on and does not keep them.')

  msg
    .command('send')
    .description('Send a message to the subscribers of a folder.')
    .argument('<folder>', 'a folder, often that of a controller')
    .argument('<type>', 'what kind of message, such as set_pump')
    .argument('[parameters]', 'a JSON object; - reads it from stdin', '{}')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo msg send /greenhouse/north open_valve \'{"valve": 3, "seconds": 20}\'\n' +
        '  rhizo msg send /greenhouse/north restart',
    )
    .action(
      action(async (session, folder, type, parameters) => {
        const path = requirePath(folder)
        const text = parameters === '-' ? await readStdin() : parameters
        await (await session.client()).sendMessage(path, type, parseObject(text))
        await session.out.done({ folder: path, type })
      }),
    )

  msg
    .command('listen')
    .description(
      'Print the messages of a folder as they come, values of its sequences (type sequence_update) among them; through ' +
        'restarts of the server, until Ctrl-C.',
    )
    .argument('<folder>', 'a folder; "self" for that of the controller whose key is used')
    .option('--type <type>', 'only messages of this type')
    .option('-R, --recursive', 'messages of all folders inside too')
    .option('--count <n>', 'end after so many')
    .addHelpText('after', '\nExamples:\n  rhizo msg listen /greenhouse -R\n  rhizo msg listen self --type open_valve --json')
    .action(
      action(async (session, folder, options) => {
        const count = optionalCount(options.count, '--count', 1) ?? Infinity
        const connection = await session.connection()
        const { Controller } = await import('../src/client/controller.ts')
        const listener = new Controller({ server: connection.url, key: connection.key ?? '', watchdogInterval: 0, longestWait: 5_000 })
        try {
          await new Promise<void>((resolve, reject) => {
            let printed = Promise.resolve()
            let heard = 0
            const onMessage = (message: ServerMessage): void => {
              if (++heard > count) return
              printed = printed.then(async () => session.out.element(shown(message), asText(message)))
              if (heard === count) printed.then(resolve, reject)
            }
            listener.subscribe(folder === 'self' ? folder : requirePath(folder), onMessage, {
              ...(options.type === undefined ? {} : { type: options.type }),
              includeChildren: options.recursive === true,
            })
            listener.on('refused', reject)
            listener.connect().catch(reject)
            listener.on('rejected', reject)
          })
        } finally {
          await listener.close({ timeout: 0 })
        }
      }),
    )
}

const shown = (message: ServerMessage): object => ({
  timestamp: message.timestamp ?? null,
  type: message.type,
  parameters: message.parameters,
})

const asText = (message: ServerMessage): string =>
  `${message.timestamp ?? ''}\t${escapeHidden(message.type)}\t${JSON.stringify(message.parameters)}`

function parseObject(text: string): object {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw invalid(`PARAMETERS must be a JSON object, not ${JSON.stringify(text.slice(0, 60))}.`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('PARAMETERS must be a JSON object.')
  return value
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > 1_000_000) throw new Fault('too_large', 'stdin holds more than a message may.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
