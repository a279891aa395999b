// A page of the lab's own: shows a value as it comes, and sends a message. It lies in the folder that the setting PAGES_FOLDER names.
import { connect } from '/-/messages.js'

const FOLDER = new URLSearchParams(location.search).get('folder') ?? '/lab/fridge'
const at = (id) => document.getElementById(id)

const lab = connect({ onState: (state) => (at('state').textContent = state === 'open' ? '' : `The connection is ${state}.`) })

lab.onValue(FOLDER, ({ path, value }) => {
  if (path === `${FOLDER}/temperature`) at('temperature').textContent = value
})

at('pump').addEventListener('click', () =>
  lab.send(FOLDER, 'set_pump', { on: true }).then(
    () => (at('state').textContent = 'The pump was told.'),
    (error) => (at('state').textContent = error.message),
  ),
)
