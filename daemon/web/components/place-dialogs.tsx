/** Dialogs for a new name, and for another folder. The page's script fills them in and acts. */
import { pathOf, type Resource } from '../../../src/tree/tree.ts'
import { ORGANIZATION_FOLDER } from '../../../src/wire/resource-types.ts'
import { Dialog, Field } from './basics.tsx'
import { DialogForm } from './forms.tsx'

/** @param folder the one that contains the resources; @param name initial value of the field */
export const PlaceDialogs = ({ folder, name }: { folder: Resource | undefined; name?: string }) => (
  <>
    <Dialog id="rename" title="Rename">
      <DialogForm id="rename-form" submit="Rename">
        <Field label="Name" name="name" id="rename-name" required maxlength={255} autocomplete="off" autofocus value={name} />
      </DialogForm>
    </Dialog>
    <Dialog id="move" title="Move">
      <DialogForm id="move-form" submit="Move">
        <Field label="Into the folder" name="parent" id="move-parent" required autocomplete="off" hint={exampleOf(folder)} />
      </DialogForm>
    </Dialog>
  </>
)

function exampleOf(folder: Resource | undefined): string {
  const example = folder?.type === ORGANIZATION_FOLDER ? undefined : folder?.parent
  return example ? `The full path of a folder that is there, such as ${pathOf(example)}.` : 'The full path of a folder that is there.'
}
