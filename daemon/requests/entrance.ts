/** Where connections come in when something else listens for the server: other daemons on its database pass theirs on. */
import type { Socket } from 'node:net'

export type Protocol = 'http' | 'mqtt'

export interface Entrance {
  /**
   * From now on connections of that protocol go to `take`, paused, until {@link close}.
   * @returns the port at which clients reach them; undefined when there is none
   */
  open(protocol: Protocol, take: (socket: Socket) => void): number | undefined
  close(protocol: Protocol): void
  /** Whether what the server knows may still be told, asked for each request; else its connection ends without an answer. */
  mayAnswer(): boolean | Promise<boolean>
}
