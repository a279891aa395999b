/**
 * Printing: what scripts draw is drawn again for paper, in the colours of the light theme, and as it was afterwards. How wide paper is, and
 * what stands where on it, is in styles/print.css.
 */

/** @param draw draws all of the page again, in the colours and the room that it has now */
export function handlePrinting(draw: () => void): void {
  const { dataset } = document.documentElement
  let theme = dataset['theme']
  addEventListener('beforeprint', () => {
    theme = dataset['theme']
    dataset['theme'] = 'light'
    dataset['paper'] = ''
    draw()
  })
  addEventListener('afterprint', () => {
    if (theme === undefined) delete dataset['theme']
    else dataset['theme'] = theme
    delete dataset['paper']
    draw()
  })
}
