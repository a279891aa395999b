/** Several daemons of one lab. */
import type { Setting } from './setting.ts'

const group = 'Several daemons on one database'

export const cluster = {
  CLUSTER: {
    group,
    kind: 'flag',
    default: false,
    meaning:
      'True on several machines with one PostgreSQL database: their daemons let one of them lead, pass on to it what they receive, and ' +
      'another takes its place when it is gone (docs/cluster.md). Large files must be in the bucket or in the database (BULK_STORAGE).',
  },
  CLUSTER_ADDRESS: {
    group,
    kind: 'text',
    pattern: /^(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i,
    allowed: 'HOST or HOST:PORT of this machine',
    meaning:
      'Where the other daemons reach this one, in a network that strangers are not in. Not set: the address from which it reaches the ' +
      'database server. Without a port: any free one.',
    example: '10.0.0.5:5100',
  },
} as const satisfies Record<string, Setting>
