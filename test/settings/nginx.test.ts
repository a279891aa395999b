/** The sample for nginx loads as it is shipped, where nginx is installed: 1.22 on Debian 12 and Raspberry Pi OS, and later ones. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'
import { certificate, certificateKey } from '../support/certificate.ts'

const run = promisify(execFile)

const isInstalled = await run('nginx', ['-v']).then(
  () => true,
  () => false,
)

test('settings/nginx.conf loads, and serves a second name for MQTT', { skip: !isInstalled && 'nginx is not installed' }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'fullchain.pem'), certificate)
  await writeFile(join(folder, 'privkey.pem'), certificateKey)
  const sample = await readFile('settings/nginx.conf', 'utf8')
  const sites = sample
    .replaceAll('/etc/letsencrypt/live/lab.example.com', folder)
    // Ports below 1024 are not for everybody who runs the tests.
    .replace(/listen (\d+)/g, (_, port: string) => `listen unix:${join(folder, port)}`)
  await writeFile(join(folder, 'sites.conf'), sites)
  const own = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${join(folder, name)};`).join('\n')
  const main = `pid ${join(folder, 'pid')};
error_log stderr;
events {}
http {
access_log off;
${own}
include ${join(folder, 'sites.conf')};
}
`
  await writeFile(join(folder, 'nginx.conf'), main)
  const { stderr } = await run('nginx', ['-t', '-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')])
  assert.match(stderr, /test is successful/)
  assert.equal(sample.match(/server_name lab\.example\.com mqtt\.example\.com;/g)?.length, 2)
})
