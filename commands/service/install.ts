/** `rhizo service install`: makes user, folder, settings, database and unit, and starts the service. */
import { constants, accessSync, existsSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { Fault, invalid, notFound } from '../../src/base/fault.ts'
import { readTextNow } from '../../src/base/regular-files.ts'
import { action, type CommandGroup } from '../support/session.ts'
import { ask, must, requireName, requireSystemd, SERVICE, UNIT_FOLDER } from './systemd.ts'
import { makeUnit } from './unit.ts'

interface Plan {
  readonly name: string
  readonly user: string
  readonly folder: string
  readonly settingsFile: string
  readonly unitFile: string
  readonly unit: string
  readonly command: readonly [node: string, script: string]
}

/** One thing that the installation does; what is done already is left out. */
interface Step {
  readonly says: string
  run(): void
}

export function define(service: CommandGroup): void {
  service
    .command('install')
    .description(
      'Make the server a service of this machine: a user and a folder of its own, settings and database where they are missing, a ' +
        'unit that is closed to what the server does not need, started now and with the machine. Said again, it brings that up to date.',
    )
    .option('--folder <folder>', 'where settings, database and files are', '/var/lib/rhizo')
    .option('--user <user>', 'the user it runs as; made where it is missing', 'rhizo')
    .option('--name <name>', 'what systemd calls it', SERVICE)
    .option('--unit-folder <folder>', 'where the unit goes', UNIT_FOLDER)
    .option('--print', 'only print the unit')
    .option('--dry-run', 'only say what would be done')
    .addHelpText(
      'after',
      '\nExamples:\n  sudo rhizo service install\n  rhizo service install --dry-run' +
        '\n  rhizo service install --print > rhizo.service\n  sudo rhizo service install --folder /srv/lab',
    )
    .action(
      action(async (session, { folder, user, name, unitFolder, print, dryRun }) => {
        const plan = await planService({ folder, user, name: requireName(name), unitFolder: resolve(unitFolder) })
        if (print === true) return session.out.show({ unit_file: plan.unitFile, unit: plan.unit }, plan.unit.trimEnd())
        const steps = listSteps(plan)
        if (dryRun === true) {
          const says = steps.map((step) => step.says)
          return session.out.show({ ...toJson(plan), steps: says, done: false }, says.map((line) => `would ${line}`).join('\n'))
        }
        requireSystemd()
        requireRights(plan)
        if (userInfo().username !== user) requireReadable(plan.command)
        for (const step of steps) step.run()
        return session.out.show({ ...toJson(plan), steps: steps.map((step) => step.says), done: true }, describe(plan))
      }),
    )
}

async function planService(options: { folder: string; user: string; name: string; unitFolder: string }): Promise<Plan> {
  const { folder, user, name, unitFolder } = options
  if (!/^[a-z_][a-z0-9_-]{0,31}$/.test(user)) throw invalid(`${JSON.stringify(user)} can't be a user's name.`)
  const settingsFile = join(folder, 'config.yaml')
  const command = [process.execPath, realpathSync(process.argv[1] ?? '')] as const
  const { loadSettings } = await import('../../src/settings/settings.ts')
  const settings = canRead(settingsFile) ? loadSettings(settingsFile, {}) : undefined
  const unit = makeUnit({ user, folder, command, settings })
  return { name, user, folder, settingsFile, unitFile: join(unitFolder, `${name}.service`), unit, command }
}

function listSteps({ name, user, folder, settingsFile, unitFile, unit, command }: Plan): Step[] {
  const steps: Step[] = []
  const add = (says: string, run: () => void): void => void steps.push({ says, run })
  if (ask('id', '-u', user).code !== 0)
    add(`make the user ${user}`, () => {
      must('useradd', '--system', '--user-group', '--home-dir', folder, '--no-create-home', '--shell', '/usr/sbin/nologin', user)
    })
  add(`make the folder ${folder}, for ${user} alone`, () => {
    must('install', '-d', '-m', '0700', '-o', user, '-g', must('id', '-gn', user).trim(), folder)
  })
  if (!canRead(settingsFile))
    add(`make settings and database: ${settingsFile}`, () => {
      const init = ['env', '-C', folder, `RHIZO_SERVER_SETTINGS=${settingsFile}`, ...command, 'init-db'] as const
      if (userInfo().username === user) must(...init)
      else must('runuser', '-u', user, '--', ...init)
    })
  const before = canRead(unitFile) ? readTextNow(unitFile) : undefined
  if (before !== undefined && before !== unit)
    add(`keep the former unit as ${unitFile}.before`, () => writeFileSync(`${unitFile}.before`, before))
  if (before !== unit)
    add(`write the unit ${unitFile}`, () => {
      writeFileSync(unitFile, unit, { mode: 0o644 })
      must('systemctl', 'daemon-reload')
    })
  add(`start ${name} with this machine (systemctl enable ${name})`, () => void must('systemctl', 'enable', name))
  add(`start ${name} now (systemctl restart ${name})`, () => {
    const { code, stderr } = ask('systemctl', 'restart', name)
    if (code !== 0)
      throw new Fault(
        'conflict',
        `${name} is installed and does not start: ${stderr.trim()} "rhizo service logs -n 50" says why; then "systemctl start ${name}".`,
      )
  })
  return steps
}

/** @throws Fault forbidden when this user can't install services */
function requireRights({ unitFile, command }: Plan): void {
  try {
    accessSync(dirname(unitFile), constants.W_OK)
  } catch {
    if (!existsSync(dirname(unitFile))) throw notFound(`There is no folder ${dirname(unitFile)} for units: name it with --unit-folder.`)
    throw new Fault('forbidden', `Only root may write units to ${dirname(unitFile)}: sudo ${command.join(' ')} service install`)
  }
}

/** @throws Fault invalid when the service's user could not run this program, as one below a home folder */
function requireReadable(command: Plan['command']): void {
  for (const path of command) {
    for (let at = path; at !== '/'; at = dirname(at)) {
      const { mode } = statSync(at)
      const [needed, may] = at === path ? [0o004, 'read'] : [0o001, 'enter']
      if ((mode & needed) === 0)
        throw invalid(
          `The service could not run ${path}, as other users may not ${may} ${at}: install Node.js and rhizo for the whole machine ` +
            '(from your distribution or nodejs.org, then "sudo npm install -g rhizo"), and try again.',
        )
    }
  }
}

function canRead(file: string): boolean {
  try {
    accessSync(file, constants.R_OK)
    return true
  } catch {
    return false
  }
}

const toJson = ({ name, user, folder, settingsFile, unitFile }: Plan): object => ({
  name,
  user,
  folder,
  settings_file: settingsFile,
  unit_file: unitFile,
})

const describe = ({ name, user, folder, settingsFile }: Plan): string =>
  [
    `${name} runs now, and starts with this machine. Settings: ${settingsFile} (then: systemctl restart ${name})`,
    `Its log, with the link of the first run: rhizo service logs${name === SERVICE ? '' : ` --name ${name}`}`,
    `As its user: sudo runuser -u ${user} -- env -C ${folder} RHIZO_SERVER_SETTINGS=${settingsFile} rhizo doctor`,
  ].join('\n')
