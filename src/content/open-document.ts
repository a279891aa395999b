/** Sheets of OpenDocument: rows of nothing below a table, which programs write by the million for a format that was set once. */

const [ROW, END] = ['<table:table-row', '</table:table>']

/**
 * The content of a document without the blank rows at the ends of its tables.
 * @param content `content.xml`; what is not understood of it is left as it is
 */
export function withoutBlankEnds(content: Buffer): Buffer {
  // A character for each byte, so that nothing is changed by reading and writing it.
  const xml = content.toString('latin1')
  if (!xml.includes('number-rows-repeated')) return content
  const kept: string[] = []
  let from = 0
  for (let end = xml.indexOf(END); end >= 0; end = xml.indexOf(END, end + 1)) {
    let last = end
    for (let row = xml.lastIndexOf(ROW, last - 1); row >= from && isBlank(xml, row, last); row = xml.lastIndexOf(ROW, last - 1)) last = row
    kept.push(xml.slice(from, last))
    from = end
  }
  return Buffer.from(kept.join('') + xml.slice(from), 'latin1')
}

/** Most characters of a blank row. */
const LONGEST = 20_000

/** Whether nothing but one row without a value stands there. */
function isBlank(xml: string, start: number, end: number): boolean {
  if (end - start > LONGEST) return false
  const row = xml.slice(start, end)
  const hasOthers = [...row.matchAll(/<([^\s/>]+)/g)].some(
    ([, name]) => !['table:table-row', 'table:table-cell', 'table:covered-table-cell', 'text:p'].includes(name ?? ''),
  )
  return !hasOthers && !/formula=|value=/.test(row) && row.replaceAll(/<[^<>]*>/g, '').trim() === ''
}
