/** Colours of the theme, for what is drawn without style sheets. */

const hex = (part: string): string => Math.round(Number(part)).toString(16).padStart(2, '0')

/** A token's colour in the current theme, as `#rrggbb`. */
export function colourOf(place: HTMLElement, token: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${token})`
  place.append(probe)
  const [red = '0', green = '0', blue = '0'] = getComputedStyle(probe).color.match(/[\d.]+/g) ?? []
  probe.remove()
  return `#${hex(red)}${hex(green)}${hex(blue)}`
}
