/** Text that people wrote in Markdown. shared/markdown.ts decides what it may contain. */
import { renderMarkdown } from '../shared/markdown.ts'

/** @param folder path of the folder that contains the text, for its relative links and images */
export const Markdown = ({ text, folder, id }: { text: string; folder: string; id?: string }) => (
  <div class="prose" id={id} dangerouslySetInnerHTML={{ __html: renderMarkdown(text, { folder }) }}></div>
)
