/** The service of systemd, with programs of the machine that only write down what they were asked. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { makeUnit } from '../../commands/service/unit.ts'
import { resolveSettings } from '../../src/settings/settings.ts'
import { RHIZO, type Outcome } from '../support/command-line.ts'

/** What each program does beside writing down its words; $0 is its path, $MACHINE the folder of the machine. */
const PROGRAMS: Readonly<Record<string, string>> = {
  systemctl: `case "$1" in
    is-system-running) cat "$MACHINE/running"; [ "$(cat "$MACHINE/running")" = running ];;
    restart) [ ! -e "$MACHINE/broken" ] || { echo "Job for $2.service failed." >&2; exit 1; };;
    show) cat "$MACHINE/shown";;
  esac`,
  useradd: 'touch "$MACHINE/user"',
  id: 'case "$1" in -u) [ -e "$MACHINE/user" ] && echo 999;; -gn) echo lab;; esac',
  install: 'for last; do :; done; mkdir -p "$last"',
  runuser: 'shift 3; exec "$@"',
  journalctl: 'echo "it serves"',
}

interface Machine {
  readonly folder: string
  readonly units: string
  rhizo(...args: string[]): Promise<Outcome>
  /** What the programs were asked since the last time, one line each. */
  asked(): string[]
  say(file: string, text: string): void
}

async function startMachine(t: TestContext): Promise<Machine> {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-service-'))
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  const [programs, units, log] = [join(folder, 'bin'), join(folder, 'units'), join(folder, 'asked')]
  mkdirSync(programs)
  mkdirSync(units)
  for (const [name, body] of Object.entries(PROGRAMS)) {
    writeFileSync(join(programs, name), `#!/bin/sh\necho "${name} $*" >> "$MACHINE/asked"\n${body}\n`)
    chmodSync(join(programs, name), 0o755)
  }
  writeFileSync(log, '')
  writeFileSync(join(folder, 'running'), 'running\n')
  const env = { PATH: `${programs}${delimiter}${process.env['PATH']}`, MACHINE: folder, XDG_CONFIG_HOME: folder }
  return {
    folder,
    units,
    say: (file, text) => writeFileSync(join(folder, file), text),
    asked: () => {
      const lines = readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line !== '' && !/^id |is-system-running/.test(line))
      writeFileSync(log, '')
      return lines
    },
    rhizo: async (...args) => {
      const child = spawn(process.execPath, [RHIZO, 'service', ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
      let [stdout, stderr] = ['', '']
      child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')))
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')))
      const [code] = (await once(child, 'close')) as [number]
      return { code, stdout, stderr }
    },
  }
}

test('one line makes user, folder, settings, database and unit, and starts the service; another takes it away', async (t) => {
  const machine = await startMachine(t)
  const lab = join(machine.folder, 'lab')
  const options = ['--folder', lab, '--user', 'lab', '--unit-folder', machine.units]
  const unitFile = join(machine.units, 'rhizo.service')

  const dry = await machine.rhizo('install', ...options, '--dry-run')
  assert.deepEqual([dry.code, dry.stdout.trim().split('\n').length], [0, 6])
  assert.match(dry.stdout, /^would make the user lab$/m)
  assert.deepEqual([machine.asked(), existsSync(lab), existsSync(unitFile)], [[], false, false])

  const made = await machine.rhizo('install', ...options)
  assert.deepEqual([made.code, made.stderr], [0, ''])
  const [, , initialized, ...systemd] = machine.asked().map((line) => line.replace(/ \/\S*node \/\S*rhizo\.js /, ' RHIZO '))
  assert.equal(initialized, `runuser -u lab -- env -C ${lab} RHIZO_SERVER_SETTINGS=${lab}/config.yaml RHIZO init-db`)
  assert.deepEqual(systemd, ['systemctl daemon-reload', 'systemctl enable rhizo', 'systemctl restart rhizo'])
  assert.ok(existsSync(join(lab, 'config.yaml')) && existsSync(join(lab, 'rhizo.db')))
  const unit = readFileSync(unitFile, 'utf8')
  for (const line of [
    'User=lab',
    `WorkingDirectory=${lab}`,
    `ReadWritePaths=${lab}`,
    'Type=notify',
    'WatchdogSec=60',
    'ProtectSystem=strict',
  ])
    assert.ok(unit.split('\n').includes(line), line)
  assert.match(unit, /^ExecStart="?\/.*node"? "?\/.*rhizo\.js"? serve$/m)
  assert.match(unit, /^MemoryMax=/m)
  const settings = readFileSync(join(lab, 'config.yaml'), 'utf8')

  // Said again it changes nothing, and starts the service with this program.
  assert.equal((await machine.rhizo('install', ...options)).code, 0)
  assert.deepEqual(machine.asked().slice(1), ['systemctl enable rhizo', 'systemctl restart rhizo'])
  assert.equal(readFileSync(join(lab, 'config.yaml'), 'utf8'), settings)
  // A unit that somebody changed is kept beside.
  writeFileSync(unitFile, 'mine\n')
  assert.equal((await machine.rhizo('install', ...options)).code, 0)
  assert.deepEqual([readFileSync(`${unitFile}.before`, 'utf8'), readFileSync(unitFile, 'utf8')], ['mine\n', unit])

  machine.say('broken', '')
  const broken = await machine.rhizo('install', ...options)
  assert.equal(broken.code, 1)
  assert.match(broken.stderr, /does not start: Job for rhizo\.service failed\. "rhizo service logs -n 50" says why/)
  machine.asked()

  const gone = await machine.rhizo('uninstall', '--unit-folder', machine.units, '--json')
  assert.deepEqual(JSON.parse(gone.stdout), { name: 'rhizo', unit_file: unitFile, kept_folder: lab })
  assert.deepEqual(machine.asked(), ['systemctl disable --now rhizo', 'systemctl daemon-reload'])
  assert.deepEqual([existsSync(unitFile), existsSync(join(lab, 'rhizo.db'))], [false, true])
  assert.equal((await machine.rhizo('uninstall', '--unit-folder', machine.units)).code, 4)
})

test('the service tells how it is, and what it wrote', async (t) => {
  const machine = await startMachine(t)
  const show = (state: string): void =>
    machine.say(
      'shown',
      `LoadState=loaded\nActiveState=${state}\nSubState=run\nUnitFileState=enabled\nMainPID=412\nNRestarts=2\nMemoryCurrent=[not set]\n`,
    )
  show('active')
  const well = await machine.rhizo('status', '--json')
  const { state, is_enabled, pid, restarts, memory_bytes } = JSON.parse(well.stdout) as Record<string, unknown>
  assert.deepEqual([well.code, state, is_enabled, pid, restarts, memory_bytes], [0, 'active', true, 412, 2, null])
  show('failed')
  const ill = await machine.rhizo('status')
  assert.equal(ill.code, 1)
  assert.match(ill.stdout, /^state +failed/m)
  machine.say('shown', 'LoadState=not-found\nActiveState=inactive\n')
  assert.equal((await machine.rhizo('status')).code, 4)
  machine.asked()
  assert.equal((await machine.rhizo('logs', '-n', '5', '--since', '1 hour ago')).stdout, 'it serves\n')
  assert.deepEqual(machine.asked(), ['journalctl --unit rhizo --no-pager --lines 5 --since=1 hour ago --output cat'])
})

test('on a machine that systemd does not run nothing is touched, and the message says what to do', async (t) => {
  const machine = await startMachine(t)
  machine.say('running', 'offline\n')
  const lab = join(machine.folder, 'lab')
  for (const words of [['install', '--folder', lab, '--unit-folder', machine.units], ['status'], ['logs']]) {
    const { code, stderr } = await machine.rhizo(...words)
    assert.equal(code, 1)
    assert.match(stderr, /systemd does not run this machine.*"rhizo serve".*SIGTERM.*--print/s)
  }
  assert.deepEqual([machine.asked(), existsSync(lab)], [[], false])
})

test('the unit fits the lab: what it writes elsewhere, low ports, and names that systemd would read otherwise', () => {
  const settings = resolveSettings(
    { SALT: 's'.repeat(32), SECRET_KEY: 'k'.repeat(32), BACKUP_TO: '/mnt/usb/rhizo', FILE_SYSTEM_STORAGE_PATH: 'storage', PORT: 443 },
    '/srv/lab/config.yaml',
    {},
  )
  const unit = makeUnit({ user: 'lab', folder: '/srv/lab', command: ['/opt/no de%/node', '/usr/lib/rhizo.js'], settings })
  const lines = unit.split('\n')
  assert.deepEqual(
    lines.filter((line) => /^(?:ReadWritePaths|ExecStart|CapabilityBoundingSet|AmbientCapabilities|ProtectHome)=/.test(line)),
    [
      'ExecStart="/opt/no de%%/node" /usr/lib/rhizo.js serve',
      'ReadWritePaths=/srv/lab',
      'ReadWritePaths=-/mnt/usb/rhizo',
      'ProtectHome=true',
      'CapabilityBoundingSet=CAP_NET_BIND_SERVICE',
      'AmbientCapabilities=CAP_NET_BIND_SERVICE',
    ],
  )
  assert.match(makeUnit({ user: 'a', folder: '/srv/a', command: ['/home/a/node', '/b'] }), /^ProtectHome=read-only$/m)
  for (const folder of ['/home/ann/lab', '/root', 'lab', '/srv/a lab', '/srv/%i', '/srv/a\nExecStart=/bin/sh'])
    assert.throws(() => makeUnit({ user: 'a', folder, command: ['/n', '/r'] }), { code: 'invalid' }, folder)
  if (spawnSync('systemd-analyze', ['--version']).status !== 0) return
  // What systemd itself thinks of it; the program need not be there.
  const checked = spawnSync('systemd-analyze', ['security', '--offline=true', '--no-pager', writeUnit(unit)], { encoding: 'utf8' })
  assert.equal(checked.status, 0, checked.stderr)
})

function writeUnit(unit: string): string {
  const file = join(tmpdir(), `rhizo-${process.pid}.service`)
  writeFileSync(file, unit)
  process.on('exit', () => spawnSync('rm', ['-f', file]))
  return file
}
