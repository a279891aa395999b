import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { sql } from 'kysely'
import { buildProgram, COMMANDS } from '../../commands/main.ts'
import { escapeHiddenInLines } from '../../src/base/hidden-text.ts'
import { startLab, type Lab, type Reply } from '../support/lab.ts'
import { rhizo } from '../support/outside-command.ts'
import { listFiles, readSource } from '../support/sources.ts'

/** What names of earlier versions may hold: it turns the order of what follows, and is not seen itself. */
const NAME = 'photo\u202egpj.exe\u200b'
/** Sets the title, the colour and the clipboard, and clears the screen by one character. */
const TEXT = `${NAME}\u001b]0;PWNED\u0007\u001b[31m\u001b]52;c;cm0gLXJm\u0007\u009b2J\u007f\rover`

/** What drives a terminal, or turns what is read in it. */
const DRIVES = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u
/** What commands print themselves: blue and dim and their ends, and the start of a bar's line where something takes long. */
const OWN = /\u001b\[(?:2|22|34|39)m|\r\u001b\[K/g

/** Commands that print nothing that a server says beyond numbers and what was typed; errors have one way for all commands. */
const QUIET = new Set(
  (
    'put|mkdir|mv|rm|undelete|seq create|seq set|seq update|seq import|seq delete|seq clear|alert create|alert update|alert rm|' +
    'import influx|import thingsboard|import home-assistant|import emoncms|alert mute|alert unmute|' +
    'link create|link rm|note add|note edit|note rm|seq mask|seq unmask|seq calibrate|seq uncalibrate|' +
    'msg send|org create|org set|org add|org remove|org resend|org uninvite|org join|user create|user passwd|controller create|' +
    'controller set|' +
    'controller watch|key create|key revoke|pin enter|notify cancel|login|logout|profile ls|profile use|profile rm|clock show|' +
    'clock confirm|completion|org quota'
  ).split('|'),
)

const hasScript = spawnSync('script', ['--version']).stdout?.toString('utf8').includes('util-linux') === true

const leaves = (command: CommandUnknownOpts, words: string[] = []): string[] =>
  command.commands.length === 0 ? [words.join(' ')] : command.commands.flatMap((child) => leaves(child, [...words, child.name()]))

test('nothing that a server says drives the terminal, whatever command prints it', { skip: !hasScript && 'needs script' }, async (t) => {
  const lab = await startLab(t)
  await makeHostile(lab)
  const folder = `/lab/${NAME}`
  const lists = [
    ['whoami'],
    ['ls', '/lab'],
    ['ls', '-l', '/lab'],
    ['ls', '-lR', '/lab'],
    ['ls', '/lab', '--json'],
    ['find', 'gpj'],
    ['info', folder],
    ['open', folder, '--print'],
    ['info', `${folder}/log`],
    ['cat', '/lab/note.dat'],
    ['cat', `${folder}/log`],
    ['cat', '/lab/note.dat', '--json'],
    ['get', '/lab/note.dat', '-'],
    ['revisions', '/lab/note.dat'],
    ['permit', '/lab/note.dat'],
    ['seq', 'ls', '/lab', '-R'],
    ['seq', 'info', `${folder}/log`],
    ['seq', 'get', `${folder}/log`],
    ['seq', 'get', `${folder}/log`, '-n', '5'],
    ['seq', 'get', `${folder}/log`, '-n', '5', '--json'],
    ['seq', 'tail', `${folder}/log`, '--count', '0'],
    ['seq', 'plot', `${folder}/number`],
    ['seq', 'export', `${folder}/log`, '-'],
    ['seq', 'shift', `${folder}/log`, '--by', '1h', '--start', '1y', '--dry-run'],
    ['alert', 'ls', '/lab'],
    ['alert', 'test', `${folder}/number`, '--above', '1', '--start', '1d'],
    ['alert', 'send-test', `${folder}/number`, NAME],
    ['alert', 'history', '/lab'],
    ['alert', 'mutes', '/lab'],
    ['alert', 'ack', '/lab', '--note', TEXT],
    ['seq', 'masks', `${folder}/log`],
    ['seq', 'calibrations', `${folder}/number`],
    ['link', 'ls', '/lab'],
    ['note', 'ls', '/lab'],
    ['note', 'ls', '/lab', '--json'],
    ['org', 'ls'],
    ['org', 'members', 'lab'],
    ['org', 'keys', 'lab', 'admin@example.com'],
    ['org', 'invite', 'lab', 'friend@example.com'],
    ['org', 'invitations', 'lab'],
    ['user', 'ls'],
    ['controller', 'ls'],
    ['controller', 'status', '/lab'],
    ['controller', 'status', `/lab/${NAME}c`],
    ['controller', 'clock', `/lab/${NAME}c`],
    ['key', 'ls', `/lab/${NAME}c`],
    ['notify', 'test', 'nobody@example.com'],
    ['notify', 'ls'],
    ['audit'],
    ['audit', '--json'],
    ['cite', folder, '--output', 'cited.zip'],
    ['verify', 'cited.zip'],
    // Errors, on stderr.
    ['ls', `${folder}/none`],
    ['seq', 'get', folder],
    ['seq', 'update', `${folder}/number`, TEXT],
    ['mv', `${folder}/number`, `${folder}/log`],
    // Listens until a message comes.
    ['msg', 'listen', folder, '--count', '1'],
  ]
  const known = new Set([...QUIET, ...lists.flatMap(([first = '', second = '']) => [first, `${first} ${second}`])])
  const ofServer = new Set(COMMANDS.flatMap(({ name, group }) => (group.includes("server's machine") ? [name] : [])))
  const program = await buildProgram(() => true)
  assert.deepEqual(
    leaves(program).filter((name) => !known.has(name) && !ofServer.has(name.split(' ')[0] ?? '')),
    [],
    'each command is tried here, or is known to print nothing of the server',
  )
  const shown = await runInTerminal(lab, lists, async () => {
    await lab.post('/messages', { folder_path: folder, type: TEXT.slice(0, 40), parameters: { text: TEXT } })
  })
  const blocks = shown.split(/^--- \d+\r?\n/m).slice(1)
  assert.equal(blocks.length, lists.length)
  for (const [at, block] of blocks.entries()) {
    const words = lists[at]?.join(' ') ?? ''
    // The terminal itself makes a line end of two characters.
    const text = block.replaceAll('\r\n', '\n').replace(OWN, '')
    const drives = DRIVES.exec(text)
    assert.ok(
      drives === null,
      `rhizo ${words} prints ${JSON.stringify(text.slice(Math.max(0, (drives?.index ?? 0) - 60), (drives?.index ?? 0) + 20))}`,
    )
    assert.ok(text.trim() !== '', `rhizo ${words} prints something`)
  }
  const outputOf = (...words: string[]): string => blocks[lists.findIndex((list) => list.join(' ') === words.join(' '))] ?? ''
  const escaped = escapeHiddenInLines(NAME)
  assert.ok(outputOf('ls', '-l', '/lab').includes(`\u001b[34m${escaped}/\u001b[39m`), 'our own colour is around the cleaned name')
  for (const words of [
    ['seq', 'get', `${folder}/log`],
    ['cat', '/lab/note.dat'],
    ['msg', 'listen', folder, '--count', '1'],
    ['org', 'members', 'lab'],
  ])
    assert.match(outputOf(...words), /\\u001b\]0;PWNED\\u0007/, `${words.join(' ')} shows what it is`)
  const [value] = JSON.parse(outputOf('seq', 'get', `${folder}/log`, '-n', '5', '--json')) as { value: string }[]
  assert.equal(value?.value, TEXT, 'JSON that is shown in a terminal still means the same')
})

test('without a terminal values and files come as they are', async (t) => {
  const lab = await startLab(t)
  await makeHostile(lab)
  assert.equal((await rhizo(lab, ['cat', '/lab/note.dat'])).stdout, TEXT)
  assert.equal((await rhizo(lab, ['seq', 'get', `/lab/${NAME}/log`])).stdout, `${TEXT}\n`)
  assert.equal((await rhizo(lab, ['ls', '/lab'])).stdout.includes(`${NAME}/\n`), true)
})

test('commands print through one place', () => {
  const found = listFiles('commands')
    .filter((path) => !path.startsWith('commands/support/'))
    .filter((path) => /process\.(?:stdout|stderr)\.write|console\.\w+\(/.test(readSource(path).replace(/^\s*\*.*$/gm, '')))
  assert.deepEqual(found, [])
})

/** Puts such texts wherever the server keeps some that it shows; names as an earlier version took them. */
async function makeHostile(lab: Lab): Promise<void> {
  const { ctx } = lab
  const done = async (reply: Promise<Reply>): Promise<void> => assert.equal((await reply).status, 200, (await reply).text)
  await lab.sequence('/lab/x/log', 2)
  const number = await lab.sequence('/lab/x/number', 1, { units: TEXT })
  const controller = await lab.controller('c')
  await done(lab.put('/resources/lab/x/log', { data: Buffer.from(TEXT).toString('base64') }))
  await done(lab.put('/resources/lab/x/number', { data: Buffer.from('4.5').toString('base64') }))
  await done(lab.post('/resources', { path: '/lab', name: 'note.dat', type: 20, contents: Buffer.from(TEXT).toString('base64') }))
  const friend = await lab.user('ann@example.com')
  await done(lab.put('/resources/lab/note.dat', { permissions: [[130, friend.id, 20]] }))
  await done(lab.post('/alerts', { path: '/lab/x/number', kind: 'above', value: 1, name: 'high', recipients: ['ann@example.com'] }))
  await done(lab.post('/alerts/mute', { path: '/lab/x', for_seconds: 3_600, reason: TEXT }))
  await ctx.db
    .insertInto('alert_history')
    .values({ resource_id: number.id, name: NAME, condition: TEXT, start_timestamp: ctx.clock.now(), ...{ told: '[]', ack_note: TEXT } })
    .execute()
  await done(lab.post('/sequences/masks', { path: '/lab/x/log', where: 'contains "none"', note: TEXT }))
  await done(lab.post('/sequences/calibrations', { path: '/lab/x/number', scale: 1, note: TEXT }))
  await done(lab.post('/links', { path: '/lab/x/number', note: TEXT }))
  await done(lab.post('/notes', { path: '/lab/x/number', text: TEXT, tags: [NAME] }))
  const rename = (id: number, name: string): Promise<unknown> =>
    ctx.db.updateTable('resources').set({ name }).where('id', '=', id).execute()
  await rename(ctx.tree.descend(['lab', 'x'])?.id ?? 0, NAME)
  await rename(controller.id, `${NAME}c`)
  const set = async (table: string, column: string, text: string, id: number): Promise<unknown> =>
    sql`update ${sql.table(table)} set ${sql.ref(column)} = ${text} where id = ${id}`.execute(ctx.db)
  const { system_attributes: rules } = await ctx.db
    .selectFrom('resources')
    .select('system_attributes')
    .where('id', '=', number.id)
    .executeTakeFirstOrThrow()
  await set('resources', 'system_attributes', rules.replace('"high"', JSON.stringify(NAME)), number.id)
  await set('resources', 'user_attributes', JSON.stringify({ note: TEXT }), number.id)
  await set('resources', 'system_attributes', JSON.stringify({ full_name: TEXT }), lab.organization.id)
  await set('controller_status', 'client_version', TEXT, controller.id)
  await set('controller_status', 'attributes', JSON.stringify({ note: TEXT }), controller.id)
  await ctx.db.updateTable('users').set({ full_name: TEXT }).execute()
  await lab.daemon.reload()
}

/** @param meanwhile is done again and again while the last command runs @returns what a terminal got */
async function runInTerminal(lab: Lab, lists: string[][], meanwhile: () => Promise<void>): Promise<string> {
  const file = join(lab.folder, 'commands.json')
  await writeFile(file, JSON.stringify(lists))
  const session = fileURLToPath(new URL('../support/terminal-session.js', import.meta.url))
  const env = {
    PATH: process.env['PATH'],
    TERM: 'xterm',
    FORCE_COLOR: '1',
    RHIZO_SERVER_NAME: lab.url,
    RHIZO_SECRET_KEY: lab.key,
    XDG_CONFIG_HOME: lab.folder,
  }
  const child = spawn('script', ['-qec', `'${process.execPath}' '${session}' '${file}'`, '/dev/null'], {
    cwd: lab.folder,
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let shown = ''
  child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString('latin1')))
  const closed = once(child, 'close')
  let isOver = false
  void closed.then(() => (isOver = true))
  while (!isOver) {
    if (shown.includes(`--- ${lists.length - 1}`)) await meanwhile()
    else await Promise.race([once(child.stdout, 'data'), closed])
  }
  return Buffer.from(shown, 'latin1').toString('utf8')
}
