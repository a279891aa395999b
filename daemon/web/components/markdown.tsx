/** Text that people wrote in Markdown. What may be in it is decided in shared/markdown.ts. */
import { renderMarkdown } from '../shared/markdown.ts'

/** @param folder path of the folder in which the text lies, for its relative links and images */
export const Markdown = ({ text, folder, id }: { text: string; folder: string; id?: string }) => (
  <div class="prose" id={id} dangerouslySetInnerHTML={{ __html: renderMarkdown(text, { folder }) }}></div>
)
