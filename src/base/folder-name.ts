/** Names of folders that are made of names for people: short, without capitals, and as keyboards and shells everywhere can write them. */

/** What keeps no letter when its marks are taken off, or would become another one. */
const SPELLED: Readonly<Record<string, string>> = {
  ä: 'ae',
  ö: 'oe',
  ü: 'ue',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  đ: 'd',
  ı: 'i',
}

/** `The Müller Lab` → `the-mueller-lab`. Letters of other scripts stay. @returns '' when nothing is left */
export const folderNameOf = (name: string): string =>
  name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\x00-\x7f]/gu, (letter) => SPELLED[letter] ?? withoutMarks(letter))
    // Of "Ann's" one word.
    .replace(/['’]/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .slice(0, 60)
    .replace(/^-+|(?<!-)-+$/g, '')

/** Of Latin letters alone: in other scripts a mark may make another letter. */
function withoutMarks(letter: string): string {
  const [base = letter] = letter.normalize('NFD')
  return /^[a-z]$/.test(base) ? base : letter
}
