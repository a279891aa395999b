/** The little of XML that services and loggers write: elements with text, without attributes that matter. */

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const decode = (text: string): string =>
  text.replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi,
    (whole, hex: string | undefined, digits: string | undefined, name: string | undefined) => {
      if (name !== undefined) return ENTITIES[name] ?? whole
      const code = hex === undefined ? Number(digits) : Number.parseInt(hex, 16)
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole
    },
  )

/** The text within the first element of this name; undefined when there is none. */
export function textOf(xml: string, name: string): string | undefined {
  const [found] = elementsOf(xml, name)
  return found === undefined ? undefined : decode(found)
}

/**
 * What is within each element of this name, as it stands. None may hold others of its own name. Looks at each character once,
 * whatever it is given.
 */
export function elementsOf(xml: string, name: string): string[] {
  const found: string[] = []
  for (let at = xml.indexOf(`<${name}`); at >= 0; at = xml.indexOf(`<${name}`, at)) {
    const after = at + name.length + 1
    if (!/[\s/>]/.test(xml.charAt(after))) {
      at = after
      continue
    }
    const begin = xml.indexOf('>', after)
    if (begin < 0) break
    at = begin + 1
    if (xml[begin - 1] === '/') found.push('')
    else {
      const end = xml.indexOf(`</${name}>`, at)
      if (end < 0) break
      found.push(xml.slice(at, end))
      at = end + name.length + 3
    }
  }
  return found
}

export const escapeXml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
