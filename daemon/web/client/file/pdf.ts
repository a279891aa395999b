/** Shows a PDF in the page, if the browser has a viewer for it. */
import { make, seek } from '../dom.ts'

export function showPdf(): void {
  const place = seek('#pdf', HTMLElement)
  if (!place) return
  if (!navigator.pdfViewerEnabled) {
    place.prepend(make('p', { class: 'notice' }, 'This browser shows no PDF inside of pages. Open it by itself, or download it.'))
    return
  }
  const { src = '', title = 'PDF' } = place.dataset
  place.append(make('iframe', { class: 'pdf-frame', src, title }))
}
