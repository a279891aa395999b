/** Moves and resizes tiles by pointer: by their handle, and by their corner. */
import { clamp } from '../../shared/clamp.ts'
import { COLUMNS, type Place } from '../../../../src/wire/dashboard-answers.ts'
import { closest } from '../dom.ts'

/** Pixels from the edge of the window within which the page scrolls along. */
const EDGE = 60

interface Drags {
  isOn: () => boolean
  /** Of the tile that an element is in. */
  placeOf: (element: Element) => Place | undefined
  place: (element: Element, wanted: Place) => void
  /** The tile was let go. */
  settle: () => void
}

export function handleDrags(board: HTMLElement, { isOn, placeOf, place, settle }: Drags): void {
  board.addEventListener('pointerdown', (event) => {
    const handle = closest(event.target, '[data-panel="move"], [data-panel="size"]', HTMLElement)
    const panel = handle?.closest('.panel')
    const start = panel ? placeOf(panel) : undefined
    if (!handle || !(panel instanceof HTMLElement) || !start || !isOn() || event.button !== 0) return
    event.preventDefault()
    handle.focus()
    handle.setPointerCapture(event.pointerId)
    panel.classList.add('is-dragged')
    const isMove = handle.dataset['panel'] === 'move'
    const [column, row] = cellOf(board)
    let last = ''
    const move = ({ clientX, clientY }: PointerEvent): void => {
      if (clientY < EDGE) scrollBy(0, -EDGE / 3)
      if (clientY > innerHeight - EDGE) scrollBy(0, EDGE / 3)
      const right = Math.round((clientX - event.clientX) / column)
      const down = Math.round((clientY + scrolled() - event.clientY) / row)
      if (last === `${right} ${down}`) return
      last = `${right} ${down}`
      const { x, y, width, height } = start
      place(
        panel,
        isMove
          ? { x: clamp(x + right, 0, COLUMNS - width), y: Math.max(0, y + down), width, height }
          : { x, y, width: Math.max(1, width + right), height: Math.max(1, height + down) },
      )
    }
    const top = scrollY
    const scrolled = (): number => scrollY - top
    const end = (): void => {
      handle.removeEventListener('pointermove', move)
      panel.classList.remove('is-dragged')
      settle()
    }
    handle.addEventListener('pointermove', move)
    handle.addEventListener('lostpointercapture', end, { once: true })
  })
}

/** Width and height of a cell with the gap beside it, in pixels. */
function cellOf(board: HTMLElement): [number, number] {
  const { columnGap, rowGap, gridAutoRows } = getComputedStyle(board)
  const gap = Number.parseFloat(columnGap) || 0
  return [(board.clientWidth + gap) / COLUMNS, (Number.parseFloat(gridAutoRows) || 80) + (Number.parseFloat(rowGap) || 0)]
}
