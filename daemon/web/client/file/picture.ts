/** Shows an image fitted to the page, in its true size, or zoomed. */
import { all, closest, make, need, seek } from '../dom.ts'

/** Step of the zoom buttons, and the limits, as parts of the true size. */
const STEP = 1.5
const LEAST = 0.05
const MOST = 16

export function handlePicture(): void {
  const image = seek('#picture-image', HTMLImageElement)
  if (!image) return
  /** undefined: fitted to the page. */
  let scale: number | undefined
  const show = (): void => {
    image.style.width = scale === undefined ? '' : `${Math.max(1, Math.round(image.naturalWidth * scale))}px`
    image.classList.toggle('is-scaled', scale !== undefined)
    const now = image.getBoundingClientRect().width / image.naturalWidth
    need('#picture-size', HTMLElement).textContent =
      `${image.naturalWidth} × ${image.naturalHeight} pixels, shown at ${Math.round(now * 100)} %`
    for (const button of all('[data-zoom][aria-pressed]', HTMLElement))
      button.setAttribute('aria-pressed', String(button.dataset['zoom'] === (scale === undefined ? 'fit' : scale === 1 ? 'full' : '')))
  }
  const zoom = (how: string | undefined): void => {
    const now = image.getBoundingClientRect().width / image.naturalWidth
    if (how === 'fit') scale = undefined
    if (how === 'full') scale = 1
    if (how === 'in') scale = Math.min(MOST, now * STEP)
    if (how === 'out') scale = Math.max(LEAST, now / STEP)
    show()
  }
  document.addEventListener('click', (event) => {
    const button = closest(event.target, '[data-zoom]', HTMLElement)
    if (button) zoom(button.dataset['zoom'])
    else if (event.target === image) zoom(scale === undefined ? 'full' : 'fit')
  })
  const keys: Readonly<Record<string, string>> = { '+': 'in', '=': 'in', '-': 'out', 0: 'fit', 1: 'full' }
  need('.picture-frame', HTMLElement).addEventListener('keydown', (event) => {
    const how = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key]
    if (how === undefined) return
    event.preventDefault()
    zoom(how)
  })
  const settle = (): void => {
    if (image.naturalWidth > 0) return show()
    const problem = make(
      'p',
      { class: 'notice is-warning', role: 'alert' },
      'What is in this file is no image that the browser can show. Download it to see what it is.',
    )
    need('#picture', HTMLElement).replaceChildren(problem)
  }
  if (image.complete) settle()
  image.addEventListener('load', settle)
  image.addEventListener('error', settle)
}
