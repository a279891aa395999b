/** Reads streams of text line by line. */
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { Fault } from '../base/fault.ts'
import { brokenOff } from './http-client.ts'

/** Maximum length of a line, in characters: longer than any value, far less than memory. */
const MAX_LINE = 16 * 1024 * 1024

/** Lines without their line ends, in batches as the stream delivers them; the last line needs no line end. */
export async function* readLineBatches(stream: Readable): AsyncGenerator<string[]> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const chunk of stream as AsyncIterable<Buffer | string>) {
    const text = rest + (typeof chunk === 'string' ? chunk : decoder.write(chunk))
    const lines = text.split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > MAX_LINE) throw new Fault('too_large', `A line is longer than ${MAX_LINE} characters.`)
    if (lines.length > 0) yield lines.map(withoutReturn)
  }
  rest += decoder.end()
  if (rest !== '') yield [withoutReturn(rest)]
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line)

/** The objects of an NDJSON answer. @throws Unreachable when it breaks off */
export async function* readJsonLines<T>(stream: Readable): AsyncGenerator<T> {
  try {
    for await (const lines of readLineBatches(stream)) {
      for (const line of lines) if (line !== '') yield JSON.parse(line) as T
    }
  } catch (error) {
    if (error instanceof SyntaxError) throw new Fault('internal', 'The server sent a line that is not JSON.')
    throw brokenOff(error)
  } finally {
    stream.destroy()
  }
}
