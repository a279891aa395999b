/** A text as the editor holds it, with lines ending in \n and without byte order mark; and its original form, with both. */

export interface TextForm {
  readonly mark: string
  readonly eol: string
}

export function formOf(text: string): TextForm {
  return {
    mark: text.startsWith('\ufeff') ? '\ufeff' : '',
    eol: text.includes('\r\n') ? '\r\n' : text.includes('\r') && !text.includes('\n') ? '\r' : '\n',
  }
}

export const toPlain = (text: string): string => text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n')

export const toForm = (plain: string, { mark, eol }: TextForm): string => mark + (eol === '\n' ? plain : plain.replaceAll('\n', eol))

export function toBase64(bytes: Uint8Array): string {
  let text = ''
  // A call takes only as many arguments as fit on the stack.
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768))
  return btoa(text)
}
