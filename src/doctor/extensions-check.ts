/** Checks that extensions can be loaded: their files are read, and nothing of them is set up. */
import { findExtensions } from '../extensions/find.ts'
import type { Settings } from '../settings/settings.ts'
import type { Report } from './report.ts'

export async function checkExtensions(report: Report, settings: Settings): Promise<void> {
  const { problems } = await findExtensions(settings)
  for (const [name, problem] of problems)
    report.error(
      'extensions',
      name,
      `can't be used: ${problem}`,
      'The server runs without it. Correct it, and see with "rhizo extension ls".',
    )
}
