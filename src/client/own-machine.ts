/** Servers of this machine: nobody stands between, so that their certificate, which is for other names, need not be known. */
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'

/** Options for TLS to a server. @param url of http, https, ws or wss */
export const trustOf = (url: string): { rejectUnauthorized?: false } =>
  /^(?:https|wss):\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?:[:/]|$)/.test(url) ? { rejectUnauthorized: false } : {}

/** Asks a server without a key. @returns its status, and what it says, of at most a megabyte; rejects when there is no answer in time */
export async function askPlainly(url: string, milliseconds: number): Promise<{ status: number; text: string }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest
    send(url, { signal: AbortSignal.timeout(milliseconds), agent: false, ...trustOf(url) })
      .on('response', resolve)
      .on('error', reject)
      .end()
  })
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) if ((text += String(chunk)).length > 1_000_000) break
  return { status: response.statusCode ?? 0, text }
}
