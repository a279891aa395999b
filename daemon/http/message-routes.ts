/** Routes for messages over HTTP, for callers without an open connection. Source: protocol, section 5. */
import { forbidden, invalid } from '../../src/base/fault.ts'
import { resolveRecipient, sendMessage } from '../../src/messages/messages.ts'
import { MAX_TYPE_LENGTH } from '../../src/wire/client-messages.ts'
import { json, required, text } from './parameters.ts'
import { route, type Route } from './route.ts'

export function createMessageRoutes(): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/messages',
      tag: 'Messages',
      summary: 'Send a message to the subscribers of a folder',
      description: 'Needs a key that may write in the folder. The message is handed to those who are connected, and is not kept.',
      parameters: {
        folder_path: required(text('The folder, as an absolute path.', { aliases: ['folderPath'], max: 2_000 })),
        type: required(text(`What kind of message; up to ${MAX_TYPE_LENGTH} characters.`, { max: MAX_TYPE_LENGTH })),
        parameters: json('What goes with it: an object, a list, a number or text.'),
      },
      handle: async ({ ctx, actor, parameters: { folder_path: path, type, parameters } }) => {
        if (path === '') throw invalid('folder_path is missing.')
        const folder = resolveRecipient(ctx, actor, path, 'folder_path')
        if (actor.kind === 'anonymous' || actor.keyId === undefined) throw forbidden('Sending a message needs a key.')
        const sender = actor.kind === 'controller' ? { controllerId: actor.controllerId } : undefined
        sendMessage(ctx, actor, folder, type, parameters ?? {}, sender)
        return undefined
      },
    }),
  ]
}
