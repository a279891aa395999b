// What search looks through: the sections of a page, each with the address that leads to it.

/** @returns `{ page, title, address, text }` for what stands before the first heading, and below each heading */
export function sectionsOf({ name, title, html }) {
  const pieces = html.split(/(?=<h[2-6] id=")|(?=<details id=")/)
  return pieces.flatMap((piece) => {
    const [, id, heading] =
      /^<h[2-6] id="([^"]+)">(.*?)<\/h[2-6]>/s.exec(piece) ?? /^<details id="([^"]+)"[^>]*>\s*<summary>(.*?)<\/summary>/s.exec(piece) ?? []
    const text = plain(piece.replace(/^<h[2-6].*?<\/h[2-6]>/s, ''))
    if (text === '' && heading === undefined) return []
    return [
      {
        page: title,
        title: heading === undefined ? title : plain(heading),
        address: `${name}.html${id === undefined ? '' : `#${id}`}`,
        text,
      },
    ]
  })
}

const ENTITIES = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" }

const plain = (html) =>
  html
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity])
    .replaceAll(/\s+/g, ' ')
    .trim()
