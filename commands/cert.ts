/** `rhizo cert`: certificates for TLS. */
import { define as defineSelf } from './cert/self.ts'
import { define as defineShow } from './cert/show.ts'
import type { CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  const cert = program.command('cert').description('Certificates for TLS on this machine, without a proxy.')
  defineSelf(cert)
  defineShow(cert)
}
