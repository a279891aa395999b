/** Long lists, whose items are written one after the other, in turns with other requests: a page is written at one stretch otherwise. */
import { createContext, useContext, type PropsWithChildren } from 'hono/jsx'
import { raw } from 'hono/html'
import type { Pause } from '../../../src/base/turns.ts'

/** Of the page that is written. */
export const PauseContext = createContext<Pause>(() => undefined)

type Written = { toString(): string | Promise<string> }

/** Its children are the items; components among them cost nothing before it is their turn. */
export async function InTurns({ children }: PropsWithChildren) {
  const pause = useContext(PauseContext)
  let html = ''
  for (const item of [children].flat(2)) {
    const written: Written = <>{item}</>
    html += await written.toString()
    await pause()
  }
  return raw(html)
}
