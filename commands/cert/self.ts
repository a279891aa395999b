/** `rhizo cert self`: makes a certificate for the lab's network. */
import { existsSync, writeFileSync } from 'node:fs'
import { hostname, networkInterfaces } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { Fault } from '../../src/base/fault.ts'
import { readTextNow } from '../../src/base/regular-files.ts'
import { action, requireNumber, type CommandGroup } from '../support/session.ts'
import { describeFacts, factsToJson } from './facts.ts'

/** What systems of today take at most from an authority that their user has added. */
const DAYS = 825

export function define(cert: CommandGroup): void {
  cert
    .command('self')
    .description(
      "Make a certificate that this machine signs itself, for https and MQTT with TLS in the lab's own network: tls.crt and tls.key " +
        'beside the settings. It prints the fingerprint, by which people and devices know that they speak to this machine, and the ' +
        'lines for the settings.',
    )
    .option('--name <names...>', 'names and addresses of this machine; unless given, those that it has now')
    .option('--days <days>', 'how long it is valid', String(DAYS))
    .option('--renew', 'a new certificate for the private key that is there')
    .addHelpText('after', '\nExamples:\n  rhizo cert self\n  rhizo cert self --name rhizo.local 192.168.1.20\n  rhizo cert self --renew')
    .action(
      action(async (session, { name, days, renew }) => {
        const [{ makeSelfSigned, readFacts }, { settingsFile }, { systemClock }] = await Promise.all([
          import('../../src/certificates/self-signed.ts'),
          import('../../src/settings/settings.ts'),
          import('../../src/base/clock.ts'),
        ])
        const folder = dirname(settingsFile())
        const files = { certificate: join(folder, 'tls.crt'), key: join(folder, 'tls.key') }
        if (renew !== true && (existsSync(files.certificate) || existsSync(files.key)))
          throw new Fault(
            'conflict',
            `${files.certificate} or ${files.key} is there already: "--renew" makes a new certificate for that key.`,
          )
        const made = makeSelfSigned({
          names: name ?? ownNames(),
          days: requireNumber(days, '--days', { least: 1, whole: true }),
          now: Math.floor(systemClock.now() / 1000),
          key: renew === true ? readTextNow(files.key) : undefined,
        })
        if (renew !== true) writeFileSync(files.key, made.key, { mode: 0o600, flag: 'wx' })
        writeFileSync(files.certificate, made.certificate, { mode: 0o644 })
        const facts = readFacts(made.certificate)
        const lines = [
          describeFacts(files.certificate, facts),
          'For the settings:',
          `  TLS_CERTIFICATE: ${basename(files.certificate)}`,
          `  TLS_KEY: ${basename(files.key)}`,
          'Browsers warn until the certificate is among those that their machine trusts; compare the fingerprint first.',
          `For this command, and other Node programs: NODE_EXTRA_CA_CERTS=${files.certificate}`,
        ]
        await session.out.show({ ...factsToJson(files.certificate, facts), key_file: files.key }, lines.join('\n'))
      }),
    )
}

/** The name of this machine comes first. */
function ownNames(): string[] {
  const own = hostname().toLowerCase()
  const addresses = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    // Addresses of one link alone are reached with the name of that link, which no certificate holds.
    .filter(({ address }) => !address.startsWith('fe80:'))
    .map(({ address }) => address)
  const names = [...(own.includes('.') ? [own] : [own, `${own}.local`]), 'localhost', '127.0.0.1', '::1', ...addresses]
  return [...new Set(names)]
}
