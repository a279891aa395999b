// The licence texts of packages that are bundled: every copy of a bundle must include them.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './sources.js'

/** The file beside the bundles: a fixed name, so that people find it in a package, and browsers at /-/assets/THIRD-PARTY.txt. */
export const NOTICES = 'THIRD-PARTY.txt'

const RULE = '-'.repeat(80)

/** Folders of packages whose code is in these outputs of esbuild, relative to the root. */
function packagesIn(metafile) {
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs))
  const folders = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0])
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort()
}

/** @throws Error when a package has no licence text, because it can't be shipped then */
function describePackage(folder) {
  const { name, version, license, homepage } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  const files = readdirSync(join(root, folder)).filter((file) => /^(?:licen[cs]e|copying|notice)/i.test(file))
  if (files.length === 0) throw new Error(`${name} is bundled, but has no licence text in ${folder}`)
  const texts = files.map((file) =>
    readFileSync(join(root, folder, file), 'utf8')
      .replaceAll('\r\n', '\n')
      .trim(),
  )
  return [RULE, `${name} ${version} (${license})${homepage === undefined ? '' : `, ${homepage}`}`, RULE, ...texts, ''].join('\n')
}

/**
 * The content of THIRD-PARTY.txt: each package in the bundles, with its version and its full licence.
 * @param what the bundles, in words that begin a sentence
 */
export const thirdPartyNotices = (metafile, what) =>
  [`${what} contain code of the packages below, under these licences.\n`, ...packagesIn(metafile).map(describePackage)].join('\n')
