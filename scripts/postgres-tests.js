// Which tests `npm run test:postgres` runs with their labs on a PostgreSQL server, and why the others are left out: one place for it.
import { isLong, isQuick } from './choose-tests.js'

/** Folders and files of tests by the reason for which they stay on SQLite. */
const LEFT_OUT = {
  'no lab is in them': [
    'base/',
    'wire/',
    'tables/',
    'scripts/',
    'foreign/',
    'certificates/',
    'settings/',
    'documents',
    'program',
    'security-document',
    'structure',
  ],
  'they spoil, remove, copy or link the file of the database': [
    'content/damaged-content',
    'daemon/read-only.long',
    'daemon/storage-owner.long',
    'database/database',
    'database/one-daemon.long',
    'database/side-tables',
    'database/upgrade-backup',
    'doctor/doctor.long',
    'doctor/salvage',
    'housekeeping/disks',
  ],
  "the index of names that they try is SQLite's, as PostgreSQL keeps names in memory": ['resources/search-index.long'],
  'pages of an SQLite file are what they ship, or its writer is what they end': ['database/page-shipping', 'standby/'],
  'what they try is refused on PostgreSQL': [
    'moving-in/command',
    'moving-in/import-server.long',
    'moving-in/odd-states',
    'moving-in/bucket',
  ],
  'they make servers of their own': ['postgres/'],
}

/** Of one file alone: `onFileAlone` in test/support/postgres.ts leaves single tests out, with a reason. */
const isLeftOut = (name) =>
  Object.values(LEFT_OUT)
    .flat()
    .some((place) => (place.endsWith('/') ? name.startsWith(place) : name === place))

/** Tests that are slow or look at pages in a browser are tried by their words alone: `npm run test:postgres -- sequence-store`. */
export const runsOnServer = (name) => (isQuick(name) || isLong(name)) && !isLeftOut(name)

/** Names of the list that no test has. @param tests all of them */
export const findUnknown = (tests) =>
  Object.values(LEFT_OUT)
    .flat()
    .filter((place) => !tests.some((name) => (place.endsWith('/') ? name.startsWith(place) : name === place)))
