/** The form of a note; client/sequence/chart-notes.ts handles it. */
import { MAX_NOTE_LENGTH } from '../../../../src/notes/note-text.ts'
import { Dialog, Field } from '../../components/basics.tsx'
import { ProblemPlace } from '../../components/forms.tsx'
import { TimeField } from '../../components/time-field.tsx'

/** @param places paths where the visitor may note: the sequence, then the folders above it */
export const NoteDialog = ({ places }: { places: readonly string[] }) => (
  <Dialog id="note" title="Note">
    <form class="form" id="note-form">
      <ProblemPlace />
      <div class="field">
        <label for="note-text">What happened</label>
        <textarea id="note-text" name="text" rows={3} maxlength={MAX_NOTE_LENGTH} required autofocus></textarea>
      </div>
      <div class="field-row">
        <TimeField label="When, or from" name="start" id="note-start" />
        <TimeField label="Until" name="end" id="note-end" hint="If left empty: a moment." />
      </div>
      <p class="hint" id="note-zone"></p>
      <div class="field">
        <label for="note-path">Shown on</label>
        <select id="note-path" name="path">
          {places.map((path, at) => (
            <option value={path}>{at === 0 ? 'this sequence' : `all charts in ${path}`}</option>
          ))}
        </select>
      </div>
      <Field label="Tags" name="tags" id="note-tags" maxlength={500} autocomplete="off" hint="Words to find it by, with commas." />
      <div class="actions">
        <button type="button" class="button is-danger" id="note-remove" hidden>
          Remove
        </button>
        <button type="button" class="button" data-close>
          Cancel
        </button>
        <button type="submit" class="button is-primary">
          Save
        </button>
      </div>
    </form>
  </Dialog>
)
