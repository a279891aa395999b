// Types, lint and format, side by side: all checks that run no code.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from './sources.js'

const CHECKS = {
  types: [join('typescript', 'bin', 'tsc'), '-b', '.', join('daemon', 'web', 'client')],
  lint: [join('eslint', 'bin', 'eslint.js'), '.'],
  format: [join('@biomejs', 'biome', 'bin', 'biome'), 'format', '.'],
}

/** Runs the checks with these names and shows what they find. @returns whether all passed */
export async function check(...names) {
  const passed = await Promise.all(names.map((name) => checkOne(name, ...CHECKS[name])))
  return !passed.includes(false)
}

function checkOne(name, program, ...args) {
  const begin = performance.now()
  const child = spawn(process.execPath, [join(root, 'node_modules', program), ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      process.stderr.write(
        `${code === 0 ? '' : said}${name}: ${code === 0 ? 'passed' : 'FAILED'} in ${((performance.now() - begin) / 1000).toFixed(1)} s\n`,
      )
      resolve(code === 0)
    })
  })
}
