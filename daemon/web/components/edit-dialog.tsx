/** What several sequences and controllers say of themselves, changed at once: client/folder/edit-selected.ts. */
import { Dialog, Field } from './basics.tsx'
import { DialogForm } from './forms.tsx'

/** What is filled in holds for each selected sequence and controller; units and decimals for sequences. */
export const EditDialog = () => (
  <Dialog id="edit-selected" title="Edit what is selected">
    <DialogForm id="edit-selected-form" submit="Change them">
      <p class="note" id="edit-selected-what"></p>
      <fieldset class="is-plain" id="edit-sequence-fields">
        <div class="field-row">
          <Field label="Units" name="units" id="edit-units" maxlength={100} placeholder="°C" autocomplete="off" autofocus />
          <Field label="Decimals" name="decimal_places" id="edit-decimal-places" type="number" min={0} max={20} inputmode="numeric" />
        </div>
      </fieldset>
      <div class="field-row">
        <Field label="Label" name="label" id="edit-label" maxlength={100} autocomplete="off" />
        <Field label="Place" name="place" id="edit-place" maxlength={200} autocomplete="off" />
      </div>
      <Field label="Description" name="description" id="edit-description" maxlength={2_000} autocomplete="off" />
      <Field
        label="Serial number"
        name="serial_number"
        id="edit-serial-number"
        maxlength={100}
        autocomplete="off"
        hint="What stays empty is not changed."
      />
    </DialogForm>
  </Dialog>
)
