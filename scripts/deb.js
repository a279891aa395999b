// `node scripts/deb.js [FOLDER]`: builds rhizo_VERSION_ARCH.deb for the architecture of this machine, from what is built and installed;
// run it on a Pi for a Pi's. With --uncompressed it takes a fraction of the time.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { root } from './sources.js'

const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64', arm: 'armhf' }
/** Of libraries: sources that only a build needs, and what is left of one. */
const NEEDLESS = /\/better-sqlite3\/(?:deps|src)(?:\/|$)|\/obj(?:\.target)?(?:\/|$)|\/test_extension\.node$|\.map$|\/@types(?:\/|$)/

const isUncompressed = process.argv.includes('--uncompressed')
const target = resolve(process.argv.slice(2).find((arg) => !arg.startsWith('-')) ?? root)
const architecture = ARCHITECTURES[process.arch]
if (architecture === undefined)
  throw new Error(`There is no package for ${process.arch}: only for ${Object.keys(ARCHITECTURES).join(', ')}.`)
const { version, description } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const work = mkdtempSync(join(tmpdir(), 'rhizo-deb-'))
try {
  const tree = join(work, 'tree')
  const home = join(tree, 'usr', 'lib', 'rhizo')
  addPackage(home)
  addLibraries(home)
  mkdirSync(join(tree, 'usr', 'bin'), { recursive: true })
  symlinkSync('../lib/rhizo/dist/bin/rhizo.js', join(tree, 'usr', 'bin', 'rhizo'))
  addDocuments(join(tree, 'usr', 'share', 'doc', 'rhizo'))
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

function addDocuments(folder) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'copyright'), readFileSync(join(root, 'LICENSE')))
  writeFileSync(join(folder, 'changelog.gz'), gzipSync(readFileSync(join(root, 'CHANGELOG.md')), { level: 9 }))
}

function addControl(folder) {
  mkdirSync(folder)
  const control = [
    'Package: rhizo',
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    'Maintainer: The rhizo project <rhizo@localhost>',
    'Section: science',
    'Priority: optional',
    'Depends: nodejs (>= 20.19), libc6, libstdc++6, passwd, util-linux',
    'Recommends: systemd, ca-certificates',
    `Description: ${description.split(':')[0]}`,
    ` ${description}.`,
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
