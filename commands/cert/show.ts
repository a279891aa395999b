/** `rhizo cert show`: what the server's certificate says. */
import { dirname, resolve } from 'node:path'
import { notFound } from '../../src/base/fault.ts'
import { readTextNow } from '../../src/base/regular-files.ts'
import { action, type CommandGroup } from '../support/session.ts'
import { describeFacts, factsToJson } from './facts.ts'

export function define(cert: CommandGroup): void {
  cert
    .command('show')
    .description('Show names, fingerprint and end of the certificate that the settings name, or of a file.')
    .argument('[file]', 'a certificate in PEM')
    .addHelpText('after', '\nExamples:\n  rhizo cert show\n  rhizo cert show /etc/letsencrypt/live/lab.example.com/fullchain.pem')
    .action(
      action(async (session, file) => {
        const [{ readFacts }, { loadSettings }] = await Promise.all([
          import('../../src/certificates/self-signed.ts'),
          import('../../src/settings/settings.ts'),
        ])
        const settings = file === undefined ? loadSettings() : undefined
        const named = settings?.TLS_CERTIFICATE ?? settings?.MQTT_TLS_CERTIFICATE
        const path = file ?? (named === undefined ? undefined : resolve(dirname(settings?.file ?? ''), named))
        if (path === undefined) throw notFound('The settings name no certificate (TLS_CERTIFICATE): "rhizo cert self" makes one.')
        const facts = readFacts(readTextNow(path, { once: true }))
        await session.out.show(factsToJson(path, facts), describeFacts(path, facts))
      }),
    )
}
