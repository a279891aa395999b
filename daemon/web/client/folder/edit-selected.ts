/** Changes what several sequences and controllers say of themselves at once: the dialog of components/edit-dialog.tsx. */
import { call } from '../api.ts'
import { need } from '../dom.ts'
import { onSubmit } from '../forms.ts'

/** What can be changed of several sequences and controllers at once, and of sequences alone. */
const FIELDS: ReadonlySet<string> = new Set(['label', 'place', 'description', 'serial_number'])
const SEQUENCE_FIELDS: ReadonlySet<string> = new Set(['units', 'decimal_places'])

export interface Editable {
  readonly name: string
  /** Below /api/v1, escaped. */
  readonly apiPath: string
  readonly isSequence: boolean
  readonly isController: boolean
}

/**
 * @param chosen what is to be changed
 * @param finish called with what was done, when all of it is
 * @returns opens the dialog
 */
export function handleEditing(chosen: () => readonly Editable[], finish: (done: string) => Promise<void>): () => void {
  onSubmit('#edit-selected-form', () => editAll(chosen(), finish))
  return () => {
    need('#edit-selected-form', HTMLFormElement).reset()
    const some = chosen()
    need('#edit-selected-what', HTMLElement).textContent = `Of ${nameThem(some)}.`
    const fields = need('#edit-sequence-fields', HTMLFieldSetElement)
    fields.disabled = fields.hidden = !some.some(({ isSequence }) => isSequence)
    need('#edit-selected', HTMLDialogElement).showModal()
  }
}

/** `3 sequences`, `2 controllers and 1 sequence`; one by its name. */
function nameThem(some: readonly Editable[]): string {
  if (some.length === 1) return some[0]?.name ?? ''
  const controllers = some.filter(({ isController }) => isController).length
  const sequences = some.length - controllers
  const count = (name: string, of: number): string[] => (of === 0 ? [] : [`${of} ${of === 1 ? name : `${name}s`}`])
  return [...count('controller', controllers), ...count('sequence', sequences)].join(' and ')
}

/** What was changed before one is refused stays so, and the refusal says how many those are. */
async function editAll(some: readonly Editable[], finish: (done: string) => Promise<void>): Promise<void> {
  const filled = [...new FormData(need('#edit-selected-form', HTMLFormElement))].flatMap(([name, text]) =>
    typeof text === 'string' && text.trim() !== '' && (FIELDS.has(name) || SEQUENCE_FIELDS.has(name))
      ? [[name, name === 'decimal_places' ? Number(text) : text] as const]
      : [],
  )
  if (filled.length === 0) throw new Error('Fill in what is to change.')
  const forControllers = filled.filter(([name]) => FIELDS.has(name))
  for (const [at, { name, apiPath, isController }] of some.entries())
    try {
      const changes = isController ? forControllers : filled
      if (changes.length > 0) await call('PUT', apiPath, { system_attributes: Object.fromEntries(changes) })
    } catch (error) {
      throw new Error(
        `${name}: ${error instanceof Error ? error.message : String(error)}${at === 0 ? '' : ` ${at} before it were changed.`}`,
      )
    }
  await finish(`Changed ${nameThem(some)}.`)
}
