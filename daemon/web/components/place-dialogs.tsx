/** Asking for a new name, or for another folder. The page's script fills them in and acts. */
import type { PropsWithChildren } from 'hono/jsx'
import { pathOf, type Resource } from '../../../src/tree.ts'
import { ORGANIZATION_FOLDER } from '../../../src/resource-types.ts'
import { Dialog, Field } from './basics.tsx'

/** @param folder the one in which the things lie; @param name what stands in the field at first */
export const PlaceDialogs = ({ folder, name }: { folder: Resource | undefined; name?: string }) => (
  <>
    <Dialog id="rename" title="Rename">
      <PlaceForm id="rename-form" action="Rename">
        <Field label="Name" name="name" id="rename-name" required maxlength={255} autocomplete="off" autofocus value={name} />
      </PlaceForm>
    </Dialog>
    <Dialog id="move" title="Move">
      <PlaceForm id="move-form" action="Move">
        <Field label="Into the folder" name="parent" id="move-parent" required autocomplete="off" hint={exampleOf(folder)} />
      </PlaceForm>
    </Dialog>
  </>
)

function exampleOf(folder: Resource | undefined): string {
  const example = folder?.type === ORGANIZATION_FOLDER ? undefined : folder?.parent
  return example ? `The full path of a folder that is there, such as ${pathOf(example)}.` : 'The full path of a folder that is there.'
}

const PlaceForm = ({ id, action, children }: PropsWithChildren<{ id: string; action: string }>) => (
  <form class="form" id={id}>
    <p class="notice is-danger" role="alert" data-problem hidden></p>
    {children}
    <div class="actions">
      <button type="button" class="button" data-close>
        Cancel
      </button>
      <button type="submit" class="button is-primary">
        {action}
      </button>
    </div>
  </form>
)
