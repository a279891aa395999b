/** Where the pages of the documentation are, which scripts/docs-site.js builds into the package. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** When run from the sources, those of the last build. */
export const documentationFolder = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/docs-site/' : '../../docs-site/', import.meta.url),
)

/** In a clone they are built when somebody asks for them. */
export const hasDocumentation = (): boolean => existsSync(documentationFolder)
