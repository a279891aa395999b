/** Moving and zooming by touch, wheel, mouse and keys. uPlot itself handles selecting with the mouse. */
import type { Drawing } from './chart-drawing.ts'

export interface Moves {
  /** @param part of the span; negative: into the past */
  move: (part: number) => void
  /** @param factor below 1 zooms in @param at seconds, the time that stays in place */
  zoom: (factor: number, at?: number) => void
  /** By a whole window: a day where one is shown. */
  step: (direction: 1 | -1) => void
  toNewest: () => void
  toOldest: () => void
  /** Moves the cursor to the next or previous value. */
  read: (direction: 1 | -1) => void
}

/** Part of the span that one key press moves. */
const KEY_MOVE = 0.25
export const ZOOM_IN = 0.5
export const ZOOM_OUT = 2

export function handleGestures(place: HTMLElement, drawing: Drawing, moves: Moves): void {
  handleKeys(place, moves)
  handleWheel(place, drawing, moves)
  handlePointers(place, drawing, moves)
}

function handleKeys(place: HTMLElement, moves: Moves): void {
  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => moves.move(-KEY_MOVE),
    ArrowRight: () => moves.move(KEY_MOVE),
    PageUp: () => moves.step(-1),
    PageDown: () => moves.step(1),
    '+': () => moves.zoom(ZOOM_IN),
    '=': () => moves.zoom(ZOOM_IN),
    '-': () => moves.zoom(ZOOM_OUT),
    Home: () => moves.toOldest(),
    End: () => moves.toNewest(),
  }
  place.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const isReading = event.shiftKey && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')
    const act = isReading ? () => moves.read(event.key === 'ArrowLeft' ? -1 : 1) : keys[event.key]
    if (!act) return
    event.preventDefault()
    act()
  })
}

/**
 * The vertical wheel scrolls the page, unless Ctrl is held (as pinching on a touchpad does automatically); the horizontal one moves the
 * chart.
 */
function handleWheel(place: HTMLElement, drawing: Drawing, moves: Moves): void {
  place.addEventListener(
    'wheel',
    (event) => {
      const { over } = drawing
      if (!over) return
      const { left, width } = over.getBoundingClientRect()
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault()
        moves.zoom(Math.exp(Math.min(Math.max(event.deltaY, -200), 200) / 200), drawing.timeAt(event.clientX - left))
      } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault()
        moves.move(event.deltaX / width)
      }
    },
    { passive: false },
  )
}

/** One finger (or the mouse with Shift) moves, two zoom. */
function handlePointers(place: HTMLElement, drawing: Drawing, moves: Moves): void {
  const down = new Map<number, number>()
  place.addEventListener('pointerdown', (event) => {
    if (!(event.target instanceof Node) || drawing.over?.contains(event.target) !== true) return
    if (event.pointerType === 'mouse' && !event.shiftKey) return
    down.set(event.pointerId, event.clientX)
  })
  const lift = (event: PointerEvent): void => void down.delete(event.pointerId)
  addEventListener('pointerup', lift)
  addEventListener('pointercancel', lift)
  addEventListener('pointermove', (event) => {
    const before = down.get(event.pointerId)
    const { over } = drawing
    if (before === undefined || !over) return
    const { left, width } = over.getBoundingClientRect()
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1]
    down.set(event.pointerId, event.clientX)
    if (other === undefined) moves.move((before - event.clientX) / width)
    else {
      const [was, is] = [Math.abs(before - other), Math.abs(event.clientX - other)]
      if (was > 10 && is > 10) moves.zoom(was / is, drawing.timeAt((event.clientX + other) / 2 - left))
    }
  })
}
