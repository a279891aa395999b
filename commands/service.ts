/** `rhizo service`: the server as a service of systemd on this machine. */
import { define as defineInstall } from './service/install.ts'
import { define as defineLogs } from './service/logs.ts'
import { define as defineStatus } from './service/status.ts'
import { define as defineUninstall } from './service/uninstall.ts'
import type { CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  const service = program
    .command('service')
    .description('The server as a service of this machine: it starts with it, and is started again when it ends or hangs (systemd).')
  defineInstall(service)
  defineUninstall(service)
  defineStatus(service)
  defineLogs(service)
}
