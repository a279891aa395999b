/** `rhizo whoami`: shows which server answers, and who the caller is to it. */
import type { Whoami } from '../src/client/types.ts'
import { formatFields } from './support/output.ts'
import { action, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  program
    .command('whoami')
    .description('Show which server answers, who it takes you for, and the organizations you belong to.')
    .addHelpText('after', '\nExamples:\n  rhizo whoami\n  rhizo whoami --profile greenhouse --json')
    .action(
      action(async (session) => {
        const [client, connection] = [await session.client(), await session.connection()]
        const answer = await client.whoami()
        await session.out.show(
          { server: client.url, ...answer },
          describe(answer, client.url, connection.origin, connection.key !== undefined),
        )
      }),
    )
}

function describe(answer: Whoami, url: string, origin: string, hasKey: boolean): string {
  const fields: [string, string][] = [['server', `${url} (rhizo ${answer.server_version}, from ${origin})`]]
  if (answer.user !== undefined) fields.push(['user', String(answer.user.email_address ?? answer.user.user_name ?? answer.user.id)])
  if (answer.controller !== undefined) fields.push(['controller', answer.controller.path])
  if (answer.kind === 'anonymous')
    fields.push(['you', `nobody in particular: ${hasKey ? 'the key is not known there' : 'no key is given'}`])
  for (const organization of answer.organizations)
    fields.push(['organization', `${organization.path}${organization.is_admin ? ' (admin)' : ''}`])
  return formatFields(fields)
}
