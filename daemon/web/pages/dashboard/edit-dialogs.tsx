/** What it takes to change a dashboard on its page; client/dashboard/edit.ts shows it. */
import type { TileKind } from '../../../../src/dashboards/tile-kind.ts'
import { Dialog } from '../../components/basics.tsx'
import { DialogForm } from '../../components/forms.tsx'
import { Help } from '../../components/help.tsx'
import { Icon, type IconName } from '../../components/icons.tsx'

const ICONS: Readonly<Record<string, IconName>> = {
  chart: 'numeric',
  values: 'list',
  states: 'table',
  image: 'image',
  text: 'markdown',
  alarms: 'bell',
  log: 'text',
}

/** Above the tiles while they are changed. */
export const EditBar = ({ kinds }: { kinds: ReadonlyMap<string, TileKind> }) => (
  <div id="edit-bar" class="edit-bar" role="toolbar" aria-label="Change the dashboard" hidden>
    <details class="menu" data-menu>
      <summary class="button">
        <Icon name="plus" />
        Add a tile
      </summary>
      <div class="menu-items">
        {[...kinds.values()].map(({ name, label }) => (
          <button type="button" data-add={name}>
            <Icon name={ICONS[name] ?? 'app'} />
            <span>{label}</span>
          </button>
        ))}
      </div>
    </details>
    <Help about="moving tiles" id="edit-help">
      <p>Drag a tile by its handle to move it, and by its corner to change its size.</p>
      <p class="is-for-keys">Keys on a handle: arrows move the tile, Shift with arrows changes its size.</p>
    </Help>
    <span class="actions">
      <span id="edit-state" class="note" role="status"></span>
      <button type="button" class="button" id="cancel-edit">
        Cancel
      </button>
      <button type="button" class="button is-primary" id="save-edit">
        <Icon name="check" />
        Save
      </button>
    </span>
  </div>
)

export const EditDialogs = () => (
  <Dialog id="tile-settings" title="Settings of the tile" wide>
    <DialogForm id="tile-form" submit="Apply">
      <div id="tile-fields" class="form"></div>
      <datalist id="tile-paths"></datalist>
    </DialogForm>
  </Dialog>
)
