/** `rhizo cluster`: several daemons on one database. */
import { define as defineStatus } from './cluster/status.ts'
import type { CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  const cluster = program.command('cluster').description('Several daemons on one PostgreSQL database: which of them leads.')
  defineStatus(cluster)
}
