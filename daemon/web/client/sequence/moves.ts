/** A page goes along with its resource, when that or a folder above it gets another name or place. */
import { movedAddress, type Move } from '../../shared/moved-paths.ts'
import { seek } from '../dom.ts'
import { listen } from '../live.ts'
import { toast } from '../toasts.ts'

/**
 * @param path of the page's resource
 * @param folder whose messages tell of it @param onOther something else there moved
 */
export function followMoves(path: string, folder: string, onOther?: () => void): void {
  listen({ folder, type: 'resource_moved', onMessage: ({ parameters }) => goAlong(path, moveOf(parameters), onOther) })
}

export const moveOf = (parameters: Record<string, unknown>): Move => ({ from: String(parameters['from']), to: String(parameters['to']) })

export function goAlong(path: string, move: Move, onOther?: () => void): void {
  const address = movedAddress(path, location.search, move)
  if (address === undefined) onOther?.()
  else renew(`${move.from} is ${move.to} now.`, () => location.replace(address))
}

/** Values of the page's sequence were removed, or are read otherwise. */
export function followRemovals(path: string, folder: string): void {
  listen({
    folder,
    type: 'values_removed',
    onMessage: ({ parameters }) => {
      if (parameters['name'] === path) renew('Values were removed.', () => location.reload())
    },
  })
}

/** Renews the page, at once unless somebody is writing something on it. */
function renew(what: string, act: () => void): void {
  if (!seek('dialog[open]', HTMLDialogElement)) return act()
  toast(what, { action: { text: 'Show it', act }, milliseconds: 60_000 })
}
