/** `kind: text`: Markdown that stands in the dashboard itself. */
import type { TileKind } from '../tile-kind.ts'
import { textOf } from './described.ts'

export const textTile: TileKind = {
  name: 'text',
  label: 'Text',
  settings: [{ name: 'text', label: 'Markdown', type: 'text', isRequired: true, hint: '$house stands for the name of the chosen folder.' }],
  size: { width: 4, height: 2 },
  read: ({ settings }) => Promise.resolve({ data: { text: textOf(settings, 'text') ?? '' } }),
}
