// `node scripts/deb.js [FOLDER]`: builds rhizo_VERSION_ARCH.deb for the architecture of this machine, from what is built and installed;
// run it on a Pi for a Pi's. With --uncompressed it takes a fraction of the time.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { root } from './sources.js'

/** Modules with machine code are for one line of Node: that which installed them. */
const NODE_LINE = Number(process.versions.node.split('.')[0])
const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64', arm: 'armhf' }
/** Of libraries: sources that only a build needs, what is left of one, types, pages about them, and files for their own repositories. */
const NEEDLESS = new RegExp(
  [
    '/better-sqlite3/(?:deps|src)(?:/|$)',
    '/obj(?:\\.target)?(?:/|$)',
    '/test_extension\\.node$',
    '\\.map$',
    '\\.d\\.[cm]?ts$',
    '/@types(?:/|$)',
    '/node_modules/pino/(?:docs|docsify|index\\.html)',
    '/\\.(?:npmignore|eslintrc|gitattributes|github|editorconfig|husky|travis|nycrc|prettierrc|taprc)',
  ].join('|'),
)
/** Known to lintian as faults, and right here. */
const OVERRIDES = [
  '# sharp brings libvips with its libraries, so that pictures are decoded alike on every machine.',
  'rhizo: embedded-library *libvips-cpp.so*',
  '# Of this name, and nothing but a few functions of csv-parse.',
  'rhizo: embedded-javascript-library *csv-parse/lib/utils/underscore.js*',
]

const isUncompressed = process.argv.includes('--uncompressed')
const target = resolve(process.argv.slice(2).find((arg) => !arg.startsWith('-')) ?? root)
const architecture = ARCHITECTURES[process.arch]
if (architecture === undefined)
  throw new Error(`There is no package for ${process.arch}: only for ${Object.keys(ARCHITECTURES).join(', ')}.`)
const { version, description } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Without an article, as packages of Debian are described. */
const synopsis = description.split(':')[0].replace(/^An? /, '')
/** Who built it, as Debian's own tools take it from the environment. */
const MAINTAINER = `${process.env.DEBFULLNAME ?? 'The rhizo project'} <${process.env.DEBEMAIL ?? 'rhizo@rhizo.invalid'}>`

const work = mkdtempSync(join(tmpdir(), 'rhizo-deb-'))
try {
  const tree = join(work, 'tree')
  const home = join(tree, 'usr', 'lib', 'rhizo')
  addPackage(home)
  addLibraries(home)
  mkdirSync(join(tree, 'usr', 'bin'), { recursive: true })
  symlinkSync('../lib/rhizo/dist/bin/rhizo.js', join(tree, 'usr', 'bin', 'rhizo'))
  addDocuments(join(tree, 'usr', 'share'), home)
  setModes(tree)
  addControl(join(tree, 'DEBIAN'))
  const file = join(target, `rhizo_${version}_${architecture}.deb`)
  mkdirSync(target, { recursive: true })
  execFileSync('dpkg-deb', ['--root-owner-group', isUncompressed ? '-Znone' : '-Zxz', '--build', tree, file], { stdio: ['ignore', 2, 2] })
  process.stdout.write(`${file}\n`)
} finally {
  rmSync(work, { recursive: true, force: true })
}

/** The same files as those of the package for npm. */
function addPackage(home) {
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', work], { cwd: root, encoding: 'utf8' })
  const [{ filename }] = Object.values(JSON.parse(packed))
  mkdirSync(home, { recursive: true })
  execFileSync('tar', ['-xzf', join(work, filename), '-C', home, '--strip-components=1', '--no-same-owner'])
  chmodSync(join(home, 'dist', 'bin', 'rhizo.js'), 0o755)
}

function addLibraries(home) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  for (const [path, { dev }] of Object.entries(packages)) {
    // Libraries inside of libraries come with these.
    if (dev === true || !/^node_modules\/(?:@[^/]+\/)?[^/]+$/.test(path) || !existsSync(join(root, path))) continue
    cpSync(join(root, path), join(home, path), { recursive: true, dereference: true, filter: (from) => !NEEDLESS.test(from) })
  }
}

/** @param share of the tree */
function addDocuments(share, home) {
  const folder = join(share, 'doc', 'rhizo')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'copyright'), readFileSync(join(root, 'LICENSE')))
  const time = new Date().toUTCString().replace('GMT', '+0000')
  const news = '  * What is new: /usr/lib/rhizo/CHANGELOG.md'
  const entry = `rhizo (${version}) unstable; urgency=medium\n\n${news}\n\n -- ${MAINTAINER}  ${time}\n`
  writeFileSync(join(folder, 'changelog.gz'), gzipSync(entry, { level: 9 }))
  // Scripts to start from are documents, not programs of this machine.
  cpSync(join(home, 'examples'), join(folder, 'examples'), { recursive: true })
  rmSync(join(home, 'examples'), { recursive: true })
  symlinkSync('../../share/doc/rhizo/examples', join(home, 'examples'))
  mkdirSync(join(share, 'man', 'man1'), { recursive: true })
  writeFileSync(join(share, 'man', 'man1', 'rhizo.1.gz'), gzipSync(manual(), { level: 9 }))
  mkdirSync(join(share, 'lintian', 'overrides'), { recursive: true })
  writeFileSync(join(share, 'lintian', 'overrides', 'rhizo'), `${OVERRIDES.join('\n')}\n`)
}

/** The help of the program as a page of the manual. */
function manual() {
  const help = execFileSync(process.execPath, [join(root, 'dist', 'bin', 'rhizo.js'), '--help'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  })
  const text = help
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^(?=[.'])/gm, '\\&')
  return (
    `.TH RHIZO 1 "" "rhizo ${version}"\n.SH NAME\nrhizo \\- ${synopsis}\n.SH SYNOPSIS\n.B rhizo\n.I command\n[\\fIargument\\fR ...]\n` +
    `.SH DESCRIPTION\n.nf\n${text.trimEnd()}\n.fi\n.SH FILES\n/var/lib/rhizo: the lab of this machine's service\n.br\n/usr/lib/rhizo/docs\n`
  )
}

/** What says by which program it is run may be run; a library that is loaded needs no right to be. */
function setModes(tree) {
  for (const entry of readdirSync(tree, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) chmodSync(path, 0o755)
    else if (entry.isFile()) chmodSync(path, isProgram(path) ? 0o755 : 0o644)
    if (entry.isFile() && entry.name === 'better_sqlite3.node') execFileSync('strip', ['--strip-unneeded', path])
  }
}

function isProgram(path) {
  const file = openSync(path)
  try {
    const start = Buffer.alloc(2)
    readSync(file, start)
    return start.toString('latin1') === '#!'
  } finally {
    closeSync(file)
  }
}

function addControl(folder) {
  mkdirSync(folder)
  const control = [
    'Package: rhizo',
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    `Maintainer: ${MAINTAINER}`,
    'Section: science',
    'Priority: optional',
    // SQLite's module is for one line of Node.
    `Depends: nodejs (>= ${NODE_LINE}${NODE_LINE === 20 ? '.19' : ''}), nodejs (<< ${NODE_LINE + 1}), libc6, libstdc++6, passwd`,
    'Recommends: systemd, ca-certificates',
    `Description: ${synopsis}`,
    ...`${description}.`.match(/.{1,74}(?: |$)/g).map((line) => ` ${line.trimEnd()}`),
    '',
  ]
  writeFileSync(join(folder, 'control'), control.join('\n'))
  // Where systemd runs the lab is a service from then on; removing the package keeps the lab.
  script(join(folder, 'postinst'), 'if [ "$1" = configure ] && [ -d /run/systemd/system ]; then rhizo service install; fi')
  script(join(folder, 'prerm'), 'if [ "$1" = remove ] && [ -e /etc/systemd/system/rhizo.service ]; then rhizo service uninstall; fi')
}

function script(file, line) {
  writeFileSync(file, `#!/bin/sh\nset -e\n${line}\n`)
  chmodSync(file, 0o755)
}
