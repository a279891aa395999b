// The licence texts of packages that are bundled into browsers' scripts: each copy of a bundle has to bring them along.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './sources.js'

const RULE = '-'.repeat(80)

/** Folders of packages of which code is in these outputs of esbuild, seen from the root. */
function packagesIn(metafile) {
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs))
  const folders = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0])
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort()
}

/** @throws Error when a package brings no licence text: it can't be shipped then */
function describePackage(folder) {
  const { name, version, license, homepage } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  const files = readdirSync(join(root, folder)).filter((file) => /^(?:licen[cs]e|copying|notice)/i.test(file))
  if (files.length === 0) throw new Error(`${name} is bundled into browsers' scripts, but has no licence text in ${folder}`)
  const texts = files.map((file) =>
    readFileSync(join(root, folder, file), 'utf8')
      .replaceAll('\r\n', '\n')
      .trim(),
  )
  return [RULE, `${name} ${version} (${license})${homepage === undefined ? '' : `, ${homepage}`}`, RULE, ...texts, ''].join('\n')
}

/** What THIRD-PARTY.txt says: each package in the bundles, with its version and its whole licence. */
export function thirdPartyNotices(metafile) {
  return [
    "The scripts and styles of rhizo's web site contain code of the packages below, under these licences.\n",
    ...packagesIn(metafile).map(describePackage),
  ].join('\n')
}
