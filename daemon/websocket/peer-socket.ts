import { WebSocket } from 'ws'

/** Reasons for the codes with which ws itself ends a connection that breaks the rules. */
const REASONS: Readonly<Record<number, string>> = {
  1002: 'That is no WebSocket frame.',
  1007: 'Text must be UTF-8.',
  1008: 'A message comes in 1,000 parts at most.',
  1009: 'That message is larger than MAX_FRAME_SIZE allows.',
}

/** Most bytes of a reason. Source: RFC 6455, section 5.5. */
const MOST_BYTES = 123

/** The whole words that fit: ws throws at a longer one. */
function shorten(reason: string | Buffer): string | Buffer {
  if (Buffer.byteLength(reason) <= MOST_BYTES) return reason
  const words = Buffer.from(reason)
    .subarray(0, MOST_BYTES - 3)
    .toString()
    .split(' ')
    .slice(0, -1)
    .join(' ')
  return `${words}…`
}

/** Our end of a WebSocket. ws closes with a bare code; a person who reads the client's log deserves a reason. */
export class PeerSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code, reason === undefined ? (code === undefined ? undefined : REASONS[code]) : shorten(reason))
  }
}
