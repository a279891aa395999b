import { WebSocket } from 'ws'

/** Reasons for the codes with which ws itself ends a connection that breaks the rules. */
const REASONS: Readonly<Record<number, string>> = {
  1002: 'That is no WebSocket frame.',
  1007: 'Text must be UTF-8.',
  1008: 'A message comes in 1,000 parts at most.',
  1009: 'That message is larger than MAX_FRAME_SIZE allows.',
}

/** Our end of a WebSocket. ws closes with a bare code; a person who reads the client's log deserves a reason. */
export class PeerSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code, reason ?? (code === undefined ? undefined : REASONS[code]))
  }
}
