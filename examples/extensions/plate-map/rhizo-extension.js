/**
 * Shows a folder with pictures A01.png, A02.png … H12.png as the plate that they were taken of. Folders that hold an A01.png are shown so;
 * their list is at ?view=plain. Dashboards show them, too, in tiles of the kind ext:plate-map:plate.
 * @type {import('rhizo/extension').Extension}
 */
export default {
  name: 'plate-map',
  version: '1.0.0',
  requires: { host: 1 },
  settings: { PICTURE_WIDTH: { default: 160, meaning: 'Width of the pictures in the map, in pixels.' } },
  setup(host) {
    host.files('static')
    const styles = [host.address('plate-map.css')]
    const plateIn = async (lab, folder) => {
      const wells = readWells(await lab.list(folder))
      const plate = plateFor([...wells.keys()])
      return host.html`
        <div class="plate-frame"><table class="plate">
          <caption>${wells.size} of ${plate.rows * plate.columns} wells</caption>
          <thead><tr><td></td>${range(plate.columns).map((column) => host.html`<th scope="col">${column + 1}</th>`)}</tr></thead>
          <tbody>${range(plate.rows).map((row) => rowOf(host, wells, row, plate.columns))}</tbody>
        </table></div>`
    }
    host.viewer({
      shows: { kind: 'folder', marker: 'A01.png' },
      show: async ({ lab }, { name, path }) => ({
        title: name,
        wide: true,
        styles,
        content: host.html`<p><a href="${addressOf(path)}?view=plain">Show as a list</a></p>${await plateIn(lab, path)}`,
      }),
    })
    host.tile({
      name: 'plate',
      label: 'Plate',
      settings: [{ name: 'folder', label: 'Folder', type: 'folder', hint: 'With pictures A01.png, A02.png …' }],
      size: { width: 6, height: 5 },
      styles,
      show: ({ lab, settings }) => plateIn(lab, settings.folder),
    })
  },
}

/** The usual plates, smallest first. */
const PLATES = [
  { rows: 4, columns: 6 },
  { rows: 8, columns: 12 },
  { rows: 16, columns: 24 },
]

/** Pictures by the names of their wells, as `A01`. */
function readWells(entries) {
  const wells = new Map()
  for (const entry of entries) {
    const [, row, column] = /^([A-P])(\d\d)\.(?:png|jpe?g)$/.exec(entry.name) ?? []
    if (row && Number(column) >= 1 && Number(column) <= 24) wells.set(row + column, entry)
  }
  return wells
}

const plateFor = (names) =>
  PLATES.find(({ rows, columns }) => names.every((name) => name.charCodeAt(0) - 65 < rows && Number(name.slice(1)) <= columns)) ??
  PLATES.at(-1)

function rowOf(host, wells, row, columns) {
  const letter = String.fromCharCode(65 + row)
  const cells = range(columns).map((column) => {
    const name = letter + String(column + 1).padStart(2, '0')
    const well = wells.get(name)
    if (!well) return host.html`<td class="is-empty"></td>`
    const address = addressOf(well.path)
    return host.html`<td><a href="${address}" title="${well.name}"><img
      src="${address}?width=${host.settings.PICTURE_WIDTH}" alt="Well ${name}" loading="lazy"></a></td>`
  })
  return host.html`<tr><th scope="row">${letter}</th>${cells}</tr>`
}

const range = (count) => [...Array(count).keys()]

const addressOf = (path) => path.split('/').map(encodeURIComponent).join('/')
