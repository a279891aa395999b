/** What a device said, taken apart: values with their places below a folder. No lab is needed to make or test it. */
import type { Micros } from '../base/time.ts'
import type { Memory } from './memory.ts'

/** A value, and where it goes. */
export interface Reading {
  /** Names below the folder, outermost first. */
  readonly names: readonly string[]
  /** Truths become 0 and 1 where their sequence is numeric. */
  readonly value: number | string | boolean
  /** Set where they are sure. */
  readonly units?: string | undefined
  /** What its device calls it, and what kind of measurement it says it is. */
  readonly label?: string | undefined
  readonly deviceClass?: string | undefined
  /** Its own; undefined: that of the message. */
  readonly time?: Micros | undefined
}

/** A member that can't be taken. */
export interface Problem {
  readonly names: readonly string[]
  readonly message: string
}

/** What its device is to be told. */
export interface Request {
  /** Levels below the folder. */
  readonly topic: readonly string[]
  readonly payload: Buffer
}

export interface Mapped {
  readonly readings: readonly Reading[]
  readonly problems?: readonly Problem[]
  /** When it was measured; undefined: now. */
  readonly time?: Micros | undefined
  /** Why the time that the message gives is not taken, where it gives one. */
  readonly doubt?: string | undefined
  /** Sent by MQTT alone, when the message came by it. */
  readonly asks?: Request | undefined
}

/** Recognised, and there is nothing to store in it. */
export const NOTHING: Mapped = { readings: [] }

/** A payload, read as far as it goes. */
export interface Payload {
  readonly bytes: Buffer
  /** undefined: it is not UTF-8. */
  readonly text: string | undefined
  /** What the text is as JSON; undefined: it is none. */
  readonly json: unknown
}

/** What a format may need besides the message. */
export interface Surroundings {
  readonly now: Micros
  /** Of the folder. */
  readonly memory: Memory
}

/** A kind of devices whose messages are known by their topics and shapes. */
export interface Format {
  /** As `format` of a mapping file names it. */
  readonly name: string
  /** What has to be loaded first; undefined: nothing. */
  prepare?(topic: readonly string[]): Promise<unknown> | undefined
  /** A topic as its devices have it, for messages that a mapping says are of this format, whatever theirs is. */
  usualTopic?(topic: readonly string[]): readonly string[]
  /**
   * @param topic levels below the folder
   * @returns undefined when the message is none of this format
   */
  read(topic: readonly string[], payload: Payload, surroundings: Surroundings): Mapped | undefined
}

/** A name that a device gives, as one of a resource: slashes and percent signs become %2F and %25, so that no two are one. */
export const nameOf = (name: string): string => name.normalize('NFC').replaceAll('%', '%25').replaceAll('/', '%2F')
