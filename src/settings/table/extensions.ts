/** What a lab adds to its server by itself: extensions, and pages of its own. */
import type { Setting } from './setting.ts'

const group = 'Extensions and pages of your own'

export const extensions = {
  EXTENSIONS: {
    group,
    kind: 'list',
    default: [],
    meaning:
      'Folders of EXTENSIONS_FOLDER that hold extensions to be loaded. They run inside the server and may do whatever it may: load what ' +
      'you trust. "rhizo extension ls" says what becomes of them.',
    example: '[hello, plate-map]',
  },
  AUTOLOAD_EXTENSIONS: {
    group,
    kind: 'flag',
    default: false,
    meaning: 'True loads every folder of EXTENSIONS_FOLDER.',
  },
  EXTENSIONS_FOLDER: {
    group,
    kind: 'text',
    default: '../extensions',
    meaning: 'Where extensions are, a folder each; relative to the settings file.',
    example: '/var/lib/rhizo/extensions',
  },
  EXTENSION_SETTINGS: {
    group,
    kind: 'map',
    default: {},
    meaning:
      'Settings of extensions, by their names; they take precedence over autoload-config.yaml in the folder of each. ACTS_AS names the ' +
      'user (or, with a slash, the controller) as whom an extension reads and writes; without it, it sees what is open to everybody.',
    example: '{derived-values: {ACTS_AS: robot@example.com}}',
  },
  EXTENSION_TIME_LIMIT: {
    group,
    kind: 'number',
    minimum: 50,
    maximum: 600_000,
    unit: 'milliseconds',
    default: 5_000,
    meaning: 'How long an extension may take each time that it is called. One that fails or takes longer five times is switched off.',
  },
  PAGES_FOLDER: {
    group,
    kind: 'text',
    meaning:
      "A folder with pages of the lab's own, shown below /-/pages/ to those who have signed in; relative to the settings file. Their " +
      'scripts are files of it: the policy of the site allows none inside a page.',
    example: '/var/lib/rhizo/pages',
  },
  PAGES_OPEN: {
    group,
    kind: 'flag',
    default: false,
    meaning: 'True shows the pages of PAGES_FOLDER to everybody.',
  },
} as const satisfies Record<string, Setting>
