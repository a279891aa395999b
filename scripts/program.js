// Bundles the command line and the daemon into one file: Node takes a millisecond of a start for each module that it loads, and a server
// has over eight hundred. The server's own commands run it; tests, and commands that only ask a server, load the modules.
import { build } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { narrow } from './narrow.js'
import { PROGRAM, root } from './sources.js'
import { NOTICES, thirdPartyNotices } from './third-party.js'

const DIST = join(root, 'dist')

/** Packages with machine code, which they find beside their own files. */
const NATIVE = ['better-sqlite3', 'sharp', '@node-rs/argon2']

/** Where a module was before it was bundled: it finds workers, assets and the manifest from there. */
const PLACES = `const modulePlace = (path) => require('node:url').pathToFileURL(require('node:path').join(__dirname, '..', path)).href`

export async function bundleProgram() {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [join(DIST, 'commands', 'main.js')],
    outfile: PROGRAM,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    // Text of one byte a character takes half the memory.
    charset: 'ascii',
    legalComments: 'none',
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: 'linked',
    sourcesContent: false,
    banner: { js: PLACES },
    plugins: [
      { name: 'program', setup: keepPlaces },
      { name: 'narrow', setup: escapeWide },
    ],
    metafile: true,
    logLevel: 'warning',
  })
  writeFileSync(join(root, dirname(PROGRAM), NOTICES), thirdPartyNotices(metafile, 'This file'))
  // As bin/bundle.ts hands it over; a name of the same length, so that the places in the source map stay right.
  writeFileSync(join(root, PROGRAM), readFileSync(join(root, PROGRAM), 'utf8').replaceAll(/(?<![\w$.#])import\(/g, 'Import('))
  // In a process of its own, as it runs the program's modules.
  const loader = pathToFileURL(join(DIST, 'bin', 'bundle.js')).href
  const compile = `import { compileBundle } from ${JSON.stringify(loader)}; compileBundle(process.argv[1])`
  execFileSync(process.execPath, ['--input-type=module', '--eval', compile, join(root, PROGRAM)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}

function keepPlaces({ onResolve, onLoad }) {
  // Packages that are loaded when they are needed stay where they are, and out of the memory of those who don't need them.
  onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
    const isNative = NATIVE.some((name) => path === name || path.startsWith(`${name}/`))
    return isNative || kind === 'dynamic-import' ? { path, external: true } : undefined
  })
  onLoad({ filter: /[\\/]dist[\\/].*\.js$/ }, ({ path }) => {
    if (!path.startsWith(DIST)) return undefined
    const text = readFileSync(path, 'utf8')
    const place = relative(DIST, path).replaceAll('\\', '/')
    return { contents: narrow(text.replaceAll('import.meta.url', `modulePlace(${JSON.stringify(place)})`)), loader: 'js' }
  })
}

/** esbuild leaves what is not ASCII in regular expressions and tagged templates. */
function escapeWide({ onLoad }) {
  onLoad({ filter: /\.[cm]?js$/ }, ({ path }) => {
    const text = readFileSync(path, 'utf8')
    const contents = narrow(text)
    return contents === text ? undefined : { contents, loader: 'js' }
  })
}
