/** Messages that extensions answer. */
import type { Context } from '../context.ts'
import { resolveFolder } from '../messages/messages.ts'
import { awaited } from '../messages/steps.ts'
import { requireWrite } from '../tree/permissions.ts'
import { pathOf } from '../tree/tree.ts'
import { callHook, type HookOwner } from './hook-calls.ts'
import type { ExtensionMessage } from './interface.ts'
import { callerOf, labAccess } from './lab-access.ts'
import { asServer } from './origin.ts'

/** @returns its own end @throws Fault invalid, conflict for a type that is the server's own or taken */
export function answerMessages(
  { messageTypes }: Pick<Context, 'messageTypes'>,
  owner: HookOwner,
  type: string,
  handler: (message: ExtensionMessage) => void | Promise<void>,
): () => void {
  return messageTypes.register(type, (ctx, call, { folder: name, parameters }) => {
    const folder = resolveFolder(ctx, call.actor, name)
    requireWrite(ctx, call.actor, folder)
    const message: ExtensionMessage = {
      type,
      folder: pathOf(folder),
      parameters,
      caller: callerOf(call.actor),
      lab: labAccess(ctx, () => call.actor),
      ...asServer({ reply: (answer: string, fields: Parameters<ExtensionMessage['reply']>[1]) => call.reply(answer, { ...fields }) }),
    }
    return awaited(() => callHook(owner, `the message type ${type}`, () => handler(message)))
  })
}
