// `node scripts/deb.js [FOLDER] [--for amd64,arm64,armhf] [--keep FOLDER] [--uncompressed]`: builds rhizo_VERSION_ARCH.deb, for the
// architecture of this machine from what is built and installed here. For another one what npm has prebuilt is fetched, and SQLite is
// compiled, some minutes each, for which Debian's cross compiler must be there; a folder to keep spares that the next time.
// Uncompressed ones take a fraction of the time. Prints the path of each package.
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
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { PLATFORMS, compileDatabase, compilerOf, fetchNode, installLibraries, pack, requirePrograms, unpack } from './platforms.js'
import { buildSite } from './docs-site.js'
import { root } from './sources.js'

/** Modules with machine code are for one line of Node: that which installed them. */
const NODE_LINE = Number(process.versions.node.split('.')[0])
const LEAST_NODE = NODE_LINE === 20 ? '20.19' : NODE_LINE
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
  '# Examples, as the pages of the documentation show them.',
  'rhizo: script-not-executable *dist/docs-site/files/*',
  '# Of this name, and nothing but a few functions of csv-parse.',
  'rhizo: embedded-javascript-library *csv-parse/lib/utils/underscore.js*',
]

const { values: options, positionals } = parseArgs({
  options: { for: { type: 'string' }, keep: { type: 'string' }, uncompressed: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const target = resolve(positionals[0] ?? root)
const wanted = options.for?.split(',') ?? Object.keys(PLATFORMS).filter(isHere)
const unknown = wanted.filter((name) => !(name in PLATFORMS))
if (wanted.length === 0 || unknown.length > 0) {
  const known = Object.keys(PLATFORMS).join(', ')
  process.stderr.write(`There is no package for ${unknown.join(', ') || process.arch}: only for ${known}.\n`)
  process.exit(2)
}
const others = wanted.filter((name) => !isHere(name)).map((name) => PLATFORMS[name])
requirePrograms(Object.assign({ 'dpkg-deb': 'dpkg', strip: 'binutils' }, ...others.map(compilerOf)))
const { version, description } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Without an article, as packages of Debian are described. */
const synopsis = description.split(':')[0].replace(/^An? /, '')
/** Who built it, as Debian's own tools take it from the environment. */
const MAINTAINER = `${process.env.DEBFULLNAME ?? 'The rhizo project'} <${process.env.DEBEMAIL ?? 'rhizo@rhizo.invalid'}>`

const work = mkdtempSync(join(tmpdir(), 'rhizo-deb-'))
try {
  const cache = options.keep === undefined ? work : resolve(options.keep)
  mkdirSync(cache, { recursive: true })
  mkdirSync(target, { recursive: true })
  const packed = pack(work, '--ignore-scripts')
  await buildSite(join(work, 'docs-site'))
  for (const name of wanted) process.stdout.write(`${buildFor(name, packed, cache)}\n`)
} finally {
  rmSync(work, { recursive: true, force: true })
}

/** @returns the path of the package */
function buildFor(architecture, packed, cache) {
  const tree = join(work, architecture)
  const home = join(tree, 'usr', 'lib', 'rhizo')
  addPackage(home, packed)
  if (isHere(architecture)) addLibraries(home, root)
  else addForeignLibraries(home, packed, architecture, cache)
  mkdirSync(join(tree, 'usr', 'bin'), { recursive: true })
  symlinkSync('../lib/rhizo/dist/bin/rhizo.js', join(tree, 'usr', 'bin', 'rhizo'))
  addDocuments(join(tree, 'usr', 'share'), home)
  setModes(tree, isHere(architecture) ? 'strip' : `${PLATFORMS[architecture].triple}-strip`)
  addControl(join(tree, 'DEBIAN'), architecture, examineModules(home, PLATFORMS[architecture].machine))
  const file = join(target, `rhizo_${version}_${architecture}.deb`)
  const compression = options.uncompressed ? '-Znone' : '-Zxz'
  execFileSync('dpkg-deb', ['--root-owner-group', compression, '--build', tree, file], { stdio: ['ignore', 2, 2] })
  rmSync(tree, { recursive: true })
  return file
}

function isHere(architecture) {
  return PLATFORMS[architecture]?.arch === process.arch
}

/** The same files as those of the package for npm. */
function addPackage(home, packed) {
  unpack(packed, home)
  chmodSync(join(home, 'dist', 'bin', 'rhizo.js'), 0o755)
  cpSync(join(work, 'docs-site'), join(home, 'dist', 'docs-site'), { recursive: true })
}

/** @param from a folder in which the libraries are installed */
function addLibraries(home, from) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  for (const [path, { dev }] of Object.entries(packages)) {
    // Libraries inside of libraries come with these.
    if (dev === true || !/^node_modules\/(?:@[^/]+\/)?[^/]+$/.test(path) || !existsSync(join(from, path))) continue
    cpSync(join(from, path), join(home, path), { recursive: true, dereference: true, filter: (path) => !NEEDLESS.test(path) })
  }
}

function addForeignLibraries(home, packed, architecture, cache) {
  const platform = PLATFORMS[architecture]
  const compiled = compileDatabase(platform, fetchNode(NODE_LINE, cache), cache)
  requireMachine(compiled, platform.machine)
  const installed = join(work, `${architecture}-libraries`)
  unpack(packed, installed)
  installLibraries(platform, installed)
  addLibraries(home, installed)
  rmSync(installed, { recursive: true })
  const addon = join(home, 'node_modules', 'better-sqlite3', 'build', 'Release', 'better_sqlite3.node')
  mkdirSync(dirname(addon), { recursive: true })
  cpSync(compiled, addon)
}

/** @returns the newest version of the C library that what is loaded into Node asks for; throws when it is for another machine */
function examineModules(home, machine) {
  const versions = []
  for (const path of listFiles(home).filter((path) => /\.node$|\.so(?:\.\d+)*$/.test(path))) {
    const bytes = requireMachine(path, machine)
    for (const [, major, minor] of bytes.toString('latin1').matchAll(/\bGLIBC_(\d+)\.(\d+)/g)) versions.push([Number(major), Number(minor)])
  }
  return versions.sort(([a, b], [c, d]) => c - a || d - b)[0].join('.')
}

/** @param machine as ELF files name it @returns the bytes of the file */
function requireMachine(path, machine) {
  const bytes = readFileSync(path)
  if (bytes.toString('latin1', 0, 4) === '\x7fELF' && bytes.readUInt16LE(18) === machine) return bytes
  throw new Error(`${path} is for another machine than the package: it would be refused there.`)
}

function listFiles(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
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

/** What says by which program it is run may be run, unless it is there to be read; a library that is loaded needs no right to be. */
function setModes(tree, strip) {
  for (const entry of readdirSync(tree, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) chmodSync(path, 0o755)
    else if (entry.isFile()) chmodSync(path, isProgram(path) ? 0o755 : 0o644)
    if (entry.isFile() && entry.name === 'better_sqlite3.node') execFileSync(strip, ['--strip-unneeded', path])
  }
}

function isProgram(path) {
  if (path.endsWith('.txt')) return false
  const file = openSync(path)
  try {
    const start = Buffer.alloc(2)
    readSync(file, start)
    return start.toString('latin1') === '#!'
  } finally {
    closeSync(file)
  }
}

function addControl(folder, architecture, libc) {
  mkdirSync(folder)
  const control = [
    'Package: rhizo',
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    `Maintainer: ${MAINTAINER}`,
    'Section: science',
    'Priority: optional',
    // SQLite's module is for one line of Node.
    `Depends: nodejs (>= ${LEAST_NODE}), nodejs (<< ${NODE_LINE + 1}), libc6 (>= ${libc}), libstdc++6, passwd`,
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
