/** The Host header: a request that names two hosts is for neither, since a proxy may go by one of them and this server by the other. */
import type { IncomingMessage } from 'node:http'
import { invalid, type Fault } from '../../src/base/fault.ts'

/** What is wrong with the request if it has several Host headers, equal ones too. Source: RFC 9112, section 3.2. */
export function faultOfHosts({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>): Fault | undefined {
  let hosts = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  return hosts > 1 ? invalid(`The request has ${hosts} Host headers; a request has one. Send it with one.`) : undefined
}
