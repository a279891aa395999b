/** Two connections whose bytes go from the one to the other, both ways, until one of them ends. */
import type { Socket } from 'node:net'

/** Each side hears of the other's end, half-closed or whole; an error of the one ends the other. */
export function joinSockets(a: Socket, b: Socket): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.pipe(to)
    from.on('error', () => to.destroy())
    from.once('close', () => to.destroy())
  }
}
