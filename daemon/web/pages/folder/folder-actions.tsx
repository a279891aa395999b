/** Actions of a folder, and of the selected children. client/pages/folder.ts handles them. */
import type { Child, PropsWithChildren } from 'hono/jsx'
import { pathOf, type Resource } from '../../../../src/tree/tree.ts'
import { ALL_VALUES } from '../../../../src/wire/new-sequence.ts'
import { CONTROLLER_FOLDER } from '../../../../src/wire/resource-types.ts'
import { Dialog, Field, Select } from '../../components/basics.tsx'
import { DialogForm } from '../../components/forms.tsx'
import { EditDialog } from '../../components/edit-dialog.tsx'
import { Icon, type IconName } from '../../components/icons.tsx'
import { pageOf } from '../../links.ts'
import { connectPage } from '../connect/connect.tsx'
import { ImportDialog } from '../../components/import-dialog.tsx'
import { PlaceDialogs } from '../../components/place-dialogs.tsx'

const NEW: readonly (readonly [dialog: string, icon: IconName, text: string])[] = [
  ['new-folder', 'folder', 'Folder'],
  ['new-sequence', 'numeric', 'Sequence'],
  ['new-controller', 'controller', 'Controller'],
  ['new-file', 'markdown', 'Text file'],
  ['new-dashboard', 'app', 'Dashboard'],
  ['new-remote', 'remote', 'Remote folder'],
]

export const NewMenu = () => (
  <>
    <button type="button" class="button needs-script" data-pick="upload-input">
      <Icon name="upload" />
      <span class="is-hidden-on-phones">Upload</span>
    </button>
    <details class="menu needs-script" data-menu>
      <summary class="button is-primary">
        <Icon name="plus" />
        New
      </summary>
      <div class="menu-items is-right">
        {NEW.map(([dialog, icon, text]) => (
          <button type="button" data-dialog={dialog}>
            <Icon name={icon} />
            <span>{text}</span>
          </button>
        ))}
        <button type="button" data-import="">
          <Icon name="table" />
          <span>Values from a file</span>
        </button>
        <button type="button" data-pick="upload-folder-input">
          <Icon name="upload" />
          <span>Upload a folder</span>
        </button>
      </div>
    </details>
    <input id="upload-input" type="file" multiple hidden />
    <input id="upload-folder-input" type="file" multiple webkitdirectory hidden />
  </>
)

/** What is done with the folder as a whole. */
export const FolderMenu = ({ folder, isShareable, isUser }: { folder: Resource; isShareable: boolean; isUser: boolean }) => (
  <details class="menu" data-menu>
    <summary class="button is-icon" aria-label="More actions" title="More actions">
      <Icon name="more" />
    </summary>
    <div class="menu-items is-right">
      {isShareable ? (
        <a href={pageOf(folder, 'links')}>
          <Icon name="link" />
          <span>Share by a secret link</span>
        </a>
      ) : null}
      <button type="button" class="needs-script" id="all-values">
        <Icon name="download" />
        <span>Download its values …</span>
      </button>
      {isUser ? (
        <a href={pageOf(folder, 'cite')}>
          <Icon name="lock" />
          <span>Data set to cite …</span>
        </a>
      ) : null}
    </div>
  </details>
)

/** Appears when something is selected. */
export const SelectionBar = ({ isWritable }: { isWritable: boolean }) => (
  <div id="selection" class="selection" role="toolbar" aria-label="With what is selected" hidden>
    <span id="selection-count" role="status"></span>
    <span class="actions">
      <button type="button" class="button is-small" data-act="download">
        <Icon name="download" />
        Download
      </button>
      <button type="button" class="button is-small" data-act="compare">
        <Icon name="numeric" />
        Compare
      </button>
      <button type="button" class="button is-small" data-act="values">
        <Icon name="table" />
        Values …
      </button>
      {isWritable ? (
        <>
          <button type="button" class="button is-small" data-act="edit">
            <Icon name="settings" />
            Edit …
          </button>
          <button type="button" class="button is-small" data-act="rename">
            <Icon name="edit" />
            Rename
          </button>
          <button type="button" class="button is-small" data-act="move">
            <Icon name="move" />
            Move
          </button>
          <button type="button" class="button is-small is-danger" data-act="delete">
            <Icon name="trash" />
            Delete
          </button>
        </>
      ) : null}
      <button type="button" class="button is-small is-quiet is-icon" data-act="none" aria-label="Select nothing">
        <Icon name="close" />
      </button>
    </span>
  </div>
)

const NewForm = ({ folder, type, action, children }: PropsWithChildren<{ folder: Resource; type: string; action: string }>) => (
  <DialogForm submit={action} api="POST /resources" then="event">
    <input type="hidden" name="path" value={pathOf(folder)} />
    <input type="hidden" name="type" value={type} />
    {children}
  </DialogForm>
)

const NameField = ({ id, hint }: { id: string; hint?: Child }) => (
  <Field label="Name" name="name" id={id} required maxlength={255} autocomplete="off" autofocus {...(hint === undefined ? {} : { hint })} />
)

export const NewDialogs = ({ folder }: { folder: Resource; isAdmin: boolean }) => {
  let controller: Resource | undefined = folder
  while (controller && controller.type !== CONTROLLER_FOLDER) controller = controller.parent
  return (
    <>
      <Dialog id="new-folder" title="New folder">
        <NewForm folder={folder} type="basic_folder" action="Make the folder">
          <NameField id="new-folder-name" />
        </NewForm>
      </Dialog>
      <Dialog id="new-sequence" title="New sequence">
        <NewForm folder={folder} type="sequence" action="Make the sequence">
          <NameField id="new-sequence-name" hint="What is measured: temperature, door, log." />
          <Select
            label="It holds"
            name="data_type"
            options={[
              ['1', 'Numbers'],
              ['2', 'Text: log lines, states'],
              ['3', 'Images (JPEG)'],
            ]}
          />
          <div class="field-row">
            <Field label="Units" name="units" maxlength={100} placeholder="°C" autocomplete="off" />
            <Field label="Decimals" name="decimal_places" type="number" min={0} max={20} inputmode="numeric" />
          </div>
          <div class="field-row">
            <Field
              label="Seconds between values"
              name="min_storage_interval"
              type="number"
              min={0}
              step="any"
              value="0"
              hint="0 stores each one; otherwise those that come sooner are shown and not kept."
            />
            <Field
              label="Values kept"
              name="max_history"
              type="number"
              min={1}
              inputmode="numeric"
              placeholder="all"
              data-when-empty={String(ALL_VALUES)}
              hint="The oldest go first. If left empty: all; of images the newest 100,000."
            />
          </div>
        </NewForm>
      </Dialog>
      <Dialog id="new-controller" title="New controller">
        <NewForm folder={folder} type="controller_folder" action="Make the controller">
          <NameField
            id="new-controller-name"
            hint={
              'A controller is a device that sends values. It gets a folder of its own, with its log and status, and keys to ' +
              'sign in with.'
            }
          />
          <p class="note">
            Or <a href={connectPage(pathOf(folder))}>make it with a first sequence, a key, and lines to paste</a> that send a value.
          </p>
        </NewForm>
      </Dialog>
      <Dialog id="new-file" title="New text file">
        <NewForm folder={folder} type="file" action="Make the file">
          <NameField id="new-file-name" hint="With its ending: notes.md, plan.txt, samples.csv." />
        </NewForm>
      </Dialog>
      <Dialog id="new-dashboard" title="New dashboard">
        <DialogForm id="new-dashboard-form" submit="Make the dashboard">
          <NameField id="new-dashboard-name" hint="The folder opens on the one that is called index." />
        </DialogForm>
      </Dialog>
      <Dialog id="new-remote" title="New remote folder">
        <NewForm folder={folder} type="remote_folder" action="Make the remote folder">
          <NameField id="new-remote-name" hint="Shows a folder that lies on a controller’s own disk." />
          <Field
            label="Path on the controller"
            name="remote_path"
            required
            maxlength={1000}
            placeholder="/home/pi/data"
            autocomplete="off"
          />
          {controller ? (
            <input type="hidden" name="controller_id" value={String(controller.id)} />
          ) : (
            <Field
              label="Id of the controller"
              name="controller_id"
              type="number"
              min={1}
              hint="The id that the controller’s page shows."
            />
          )}
        </NewForm>
      </Dialog>
      <PlaceDialogs folder={folder} />
      <EditDialog />
      <ImportDialog into={pathOf(folder)} />
    </>
  )
}
