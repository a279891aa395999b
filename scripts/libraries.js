// Bundles libraries that are made of many small files into one file each: Node spends a millisecond of a Pi's start, and tens of
// kilobytes, on each file that it loads. Compiled sources import the bundles; sources, and their types, name the packages as usual.
import { build } from 'esbuild'
import { createRequire } from 'node:module'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './sources.js'
import { NOTICES, thirdPartyNotices } from './third-party.js'

const COMMON_JS = ['prom-client']
/** What the server loads at each start, by the name that sources import. */
const LIBRARIES = [
  'kysely',
  'hono',
  'hono/cors',
  'hono/html',
  'hono/jsx',
  'hono/jsx/jsx-runtime',
  'hono/utils/html',
  '@hono/node-server',
  'diff',
  ...COMMON_JS,
]
const FOLDER = join('dist', 'libraries')

/** @returns the path of a library's bundle, relative to the root; undefined when it is loaded as it is */
export const bundleOf = (name) => (LIBRARIES.includes(name) ? join(FOLDER, `${fileName(name)}.js`) : undefined)

const fileName = (name) => name.replace('@', '').replaceAll('/', '-')

/** Bundles share what they have in common, so that a library has one state. */
export async function bundleLibraries() {
  rmSync(join(root, FOLDER), { recursive: true, force: true })
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: LIBRARIES.map((name) => ({ in: `library:${name}`, out: fileName(name) })),
    outdir: FOLDER,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    charset: 'utf8',
    legalComments: 'none',
    minifyWhitespace: true,
    // CommonJS packages ask for Node's modules by `require`.
    banner: { js: "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)" },
    plugins: [{ name: 'libraries', setup: nameExports }],
    metafile: true,
    logLevel: 'warning',
  })
  writeFileSync(join(root, FOLDER, NOTICES), thirdPartyNotices(metafile, 'These files'))
}

/** Each entry exports by name what its package does. */
function nameExports({ onResolve, onLoad }) {
  const require = createRequire(import.meta.url)
  onResolve({ filter: /^library:/ }, ({ path }) => ({ path: path.slice('library:'.length), namespace: 'library' }))
  onLoad({ filter: /.*/, namespace: 'library' }, ({ path }) => {
    if (!COMMON_JS.includes(path)) return { contents: `export * from '${path}'`, resolveDir: root }
    const names = Object.keys(require(path)).join(', ')
    return { contents: `import library from '${path}'\nexport default library\nexport const { ${names} } = library`, resolveDir: root }
  })
}
