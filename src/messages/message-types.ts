/** Types of messages that extensions answer. Messages of types that nobody has registered go to the subscribers of their folder. */
import { Fault, invalid } from '../base/fault.ts'
import { quote } from '../base/path.ts'
import type { Context } from '../context.ts'
import type { Actor } from '../tree/actor.ts'
import type { Sender } from '../tree/hub.ts'
import { isBuiltInType, isServerType, requireType, type ClientMessage, type Fields } from '../wire/client-messages.ts'
import type { Step } from './steps.ts'

/** A message of a registered type; its folder is as the client named it, see `resolveFolder`. */
export type TypedMessage = Extract<ClientMessage, { kind: 'other' }> & { readonly parameters: Fields }

/** Who sent a message of a registered type, and how it is answered. */
export interface Call {
  readonly actor: Actor
  readonly sender: Sender
  /**
   * Sends a message to the caller alone. Over WebSocket it carries the `id` of the message that it answers; by MQTT it
   * goes to the topic that the message was published to, and reaches a client that has subscribed there.
   */
  reply(type: string, parameters: Fields): void
}

/** Checks a message and says what is to be done. Permission is checked here. @throws Fault when the message is refused */
export type Perform = (ctx: Context, call: Call, message: TypedMessage) => Step

export class MessageTypes {
  readonly #performs = new Map<string, Perform>()

  /**
   * @param type at most 2,000 characters, and none of the server's own types
   * @returns its own unregister
   * @throws Fault invalid, conflict
   */
  register(type: string, perform: Perform): () => void {
    if (isServerType(requireType(type))) throw invalid(`Messages of the type ${quote(type)} are the server's own: choose another.`)
    if (isBuiltInType(type) || this.#performs.has(type))
      throw new Fault('conflict', `Messages of the type ${quote(type)} are answered already.`)
    this.#performs.set(type, perform)
    return () => {
      if (this.#performs.get(type) === perform) this.#performs.delete(type)
    }
  }

  find(type: string): Perform | undefined {
    return this.#performs.get(type)
  }

  /**
   * Whether MQTT subscribers of the folder hear a message as it is. Those that name sequences anywhere are told as the values that they
   * set, to whoever may read those.
   */
  passesAsItCame(message: ClientMessage): boolean {
    if (message.kind === 'other') return !this.#performs.has(message.type)
    return message.kind !== 'update_sequence' && message.kind !== 'write_resource' && message.kind !== 'add_note'
  }
}
