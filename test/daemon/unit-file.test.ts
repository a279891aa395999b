import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { readSource, root } from '../support/sources.ts'

const UNIT = 'settings/rhizo.service'
const hasAnalyzer = spawnSync('systemd-analyze', ['--version']).status === 0

test('the unit is closed to what the server does not need', { skip: !hasAnalyzer && 'needs systemd-analyze' }, () => {
  const { stdout } = spawnSync('systemd-analyze', ['security', '--offline=true', '--no-pager', join(root, UNIT)])
  const level = Number(/exposure level[^:]*: ([\d.]+)/.exec(stdout.toString('utf8'))?.[1])
  // Of 10, as systemd counts it; 1.8 with version 252.
  assert.ok(level <= 2.5, `its exposure level is ${level}`)
})

test('the unit keeps what the server needs', () => {
  const lines = new Set(readSource(UNIT).split('\n'))
  for (const line of [
    'Type=notify',
    'NotifyAccess=all',
    'WatchdogSec=60',
    'ReadWritePaths=/var/lib/rhizo',
    'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
    'SystemCallFilter=@system-service',
  ])
    assert.ok(lines.has(line), line)
  // V8 writes the code that it runs.
  assert.ok(![...lines].some((line) => line.startsWith('MemoryDenyWriteExecute=')))
})
