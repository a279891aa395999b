/** Text that people wrote in Markdown. shared/markdown.ts decides what it may contain. */
import type { MarkdownRenderer, MarkdownText } from '../markdown-renderer.ts'

export const Markdown = async ({ renderer, text, folder }: MarkdownText & { renderer: MarkdownRenderer }) => {
  const html = await renderer.render({ text, folder })
  if (html !== undefined) return <div class="prose" dangerouslySetInnerHTML={{ __html: html }}></div>
  return (
    <div class="prose">
      <p class="note">This text costs too much to be laid out. It is shown as it is written.</p>
      <pre tabindex={0}>{text}</pre>
    </div>
  )
}
