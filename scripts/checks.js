// Types, lint and format, side by side: all that is checked without running anything.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from './sources.js'

const CHECKS = {
  types: [join('scripts', 'types-and-lint.js')],
  lint: [join('scripts', 'types-and-lint.js'), 'lint'],
  format: [join('node_modules', '@biomejs', 'biome', 'bin', 'biome'), 'format', '.'],
}

/** Makes the checks of these names and shows what they find; lint checks types first. @returns whether all passed */
export async function check(...names) {
  const passed = await Promise.all(names.map((name) => checkOne(name, CHECKS[name])))
  return !passed.includes(false)
}

function checkOne(name, args) {
  const begin = performance.now()
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      const seconds = ((performance.now() - begin) / 1000).toFixed(1)
      process.stderr.write(code === 0 ? `${name}: passed in ${seconds} s\n` : `${said}${name}: FAILED after ${seconds} s\n`)
      resolve(code === 0)
    })
  })
}
