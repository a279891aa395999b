/** One line of InfluxDB's line protocol: `measurement,tag=a,other=b field=1.5,count=3i,note="text" 1700000000000000000`. */

export interface ProtocolPoint {
  readonly measurement: string
  /** In the order of the line. */
  readonly tags: readonly (readonly [string, string])[]
  /** Numbers stay as they are written, so that no digit is lost; true and false are 1 and 0. */
  readonly fields: readonly (readonly [string, string])[]
  /** As written; undefined when the line has none. */
  readonly time: string | undefined
}

/** @returns what is wrong with the line, when it is none */
export function readLineProtocol(line: string): ProtocolPoint | string {
  const reader = new Reader(line.trim())
  const measurement = reader.take(', ')
  if (measurement === '') return 'it has no measurement'
  const tags: [string, string][] = []
  while (reader.at(',')) {
    const name = reader.take('=')
    if (!reader.at('=')) return 'a tag has no value'
    tags.push([name, reader.take(', ')])
  }
  if (!reader.at(' ')) return 'it has no fields'
  reader.skipBlanks()
  const fields: [string, string][] = []
  do {
    const name = reader.take('= ')
    if (name === '' || !reader.at('=')) return 'a field has no value'
    const value = reader.takeValue()
    if (value === undefined) return 'a text is not closed'
    fields.push([name, value])
  } while (reader.at(','))
  reader.skipBlanks()
  const time = reader.rest()
  return /^-?\d*$/.test(time) ? { measurement, tags, fields, time: time === '' ? undefined : time } : 'its time is no number'
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Up to one of some characters, where a backslash takes the meaning from the next. */
  take(ends: string): string {
    let found = ''
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text.charAt(this.#at)
      const next = this.#text.charAt(this.#at + 1)
      if (character === '\\' && next !== '' && ', =\\'.includes(next)) {
        found += next
        this.#at++
      } else if (ends.includes(character)) break
      else found += character
    }
    return found
  }

  /** Passes a character if it comes next. */
  at(character: string): boolean {
    if (this.#text.charAt(this.#at) !== character) return false
    this.#at++
    return true
  }

  skipBlanks(): void {
    while (this.#text.charAt(this.#at) === ' ') this.#at++
  }

  takeValue(): string | undefined {
    if (!this.at('"')) return plainValue(this.take(', '))
    let found = ''
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text.charAt(this.#at)
      if (character === '"') {
        this.#at++
        return found
      }
      const next = this.#text.charAt(this.#at + 1)
      if (character === '\\' && (next === '"' || next === '\\')) {
        found += next
        this.#at++
      } else found += character
    }
    return undefined
  }

  rest(): string {
    return this.#text.slice(this.#at).trim()
  }
}

function plainValue(text: string): string {
  if (/^-?\d+[iu]$/.test(text)) return text.slice(0, -1)
  if (/^(?:t|true)$/i.test(text)) return '1'
  return /^(?:f|false)$/i.test(text) ? '0' : text
}
