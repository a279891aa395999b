/** A folder's description: the text of its README.md or home.md. */
import { escapeHidden } from '../../../../src/base/hidden-text.ts'
import type { Actor } from '../../../../src/tree/actor.ts'
import type { Context } from '../../../../src/context.ts'
import { canRead } from '../../../../src/tree/permissions.ts'
import { FILE } from '../../../../src/wire/resource-types.ts'
import { readText } from '../../../../src/resources/text-content.ts'
import { pathOf, type Resource } from '../../../../src/tree/tree.ts'
import { Markdown } from '../../components/markdown.tsx'
import { pageOf } from '../../links.ts'
import type { MarkdownRenderer } from '../../markdown-renderer.ts'

const NAMES = ['readme.md', 'home.md', 'index.md']
/** Maximum size in bytes; a longer one is shown only on its own page. */
const LIMIT = 100_000

export interface Readme {
  readonly file: Resource
  readonly text: string
}

/** undefined: there is none of that size that the visitor may read. */
export async function findReadme(ctx: Context, actor: Actor, folder: Resource): Promise<Readme | undefined> {
  const found = await Promise.all(NAMES.map((name) => ctx.tree.orders.alike(ctx.turns, folder, name)))
  const file = found.flat().find((one) => one.type === FILE && canRead(ctx, actor, one))
  if (!file) return undefined
  const { text, isWhole } = await readText(ctx, actor, file, { limit: LIMIT })
  return isWhole && text !== undefined && text.trim() !== '' ? { file, text } : undefined
}

export const ReadmeCard = ({ readme: { file, text }, renderer }: { readme: Readme; renderer: MarkdownRenderer }) => (
  <section class="card" aria-label={file.name}>
    <p class="note">
      <a href={pageOf(file)}>{escapeHidden(file.name)}</a>
    </p>
    <Markdown renderer={renderer} text={text} folder={file.parent ? pathOf(file.parent) : '/'} />
  </section>
)
