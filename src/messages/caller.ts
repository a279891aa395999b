/** What performing a message needs of the connection that it came by. Each transport has its own callers. */
import type { ValueReceiver } from '../sequences/value-intake.ts'
import type { Actor } from '../tree/actor.ts'
import type { Sender, Subscription } from '../tree/hub.ts'
import type { Resource } from '../tree/tree.ts'
import type { Fields } from '../wire/client-messages.ts'

/** Resources by the names that a connection uses for them. */
export interface KnownNames {
  get(name: string): Resource | undefined
  set(name: string, resource: Resource): void
}

/** Who sent a message. */
export interface Author {
  readonly actor: Actor
  /** Says which subscribers must not hear the resulting messages. */
  readonly sender: Sender
  /** Saves resolving paths again; undefined where nothing is remembered. */
  readonly names?: KnownNames | undefined
  /** @throws Fault invalid where there are too many, or where messages can't subscribe */
  subscribe(subscriptions: readonly Subscription[]): void
}

/** An author that is told what became of its messages. `T` goes with a message until it is answered. */
export interface Caller<T> extends Author, ValueReceiver<T> {
  /** Whether earlier messages of the connection wait for the disk. */
  readonly isBusy: boolean
  /** Whether answers must leave in the order of the messages: then even what could be done at once takes its turn. */
  readonly answersInOrder: boolean
  /** Sends a message to the caller alone, in answer to the one that came with the ticket. */
  reply(ticket: T, type: string, parameters: Fields): void
}
