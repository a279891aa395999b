/** Our own icons, drawn on a grid of 24 with lines of 1.75; they take the colour of the text beside them. */

const SHAPES = {
  folder: 'M3 7a2 2 0 0 1 2-2h4l2.2 2.5H19a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z',
  organization: 'M4 21V6l8-3 8 3v15M2.5 21h19M9 21v-4h6v4M8.5 9h.01M12 9h.01M15.5 9h.01M8.5 13h.01M12 13h.01M15.5 13h.01',
  controller: 'M7 7h10v10H7zM10 3v4M14 3v4M10 17v4M14 17v4M3 10h4M3 14h4M17 10h4M17 14h4',
  remote: 'M7 18a4 4 0 0 1-.6-7.95A6 6 0 0 1 18 9.5a4.3 4.3 0 0 1-.7 8.5z',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  markdown: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h4',
  table: 'M4 5h16v14H4zM4 10h16M4 14.5h16M10 5v14',
  image: 'M4 5h16v14H4zM4 16l4.5-4.5L13 16l2.5-2.5L20 18M15.5 9.5h.01',
  numeric: 'M3 17l4-6 3.5 3.5L15 6l3 7 3-3',
  text: 'M4 6h16M4 10h10M4 14h13M4 18h8',
  app: 'M5 5h5v5H5zM14 5h5v5h-5zM5 14h5v5H5zM14 14h5v5h-5z',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20 20l-4-4',
  sun:
    'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 ' +
    '18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z',
  monitor: 'M3 5h18v11H3zM8 20h8M12 16v4',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c.8-4 4-6 8-6s7.2 2 8 6',
  users:
    'M9 12a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c.7-3.5 3.2-5.2 6.5-5.200s5.8 1.7 6.5 5.200M16 5.300a3.5 3.5 0 0 1 0 ' +
    '6.400M17.5 15.200c2.2.600 3.5 2.2 4 4.8',
  down: 'M6 9.5l6 6 6-6',
  right: 'M9.5 6l6 6-6 6',
  left: 'M14.5 6l-6 6 6 6',
  up: 'M6 14.500l6-6 6 6',
  download: 'M12 4v11M7.5 11l4.5 4.500L16.5 11M4 20h16',
  upload: 'M12 16V5M7.5 9.500L12 5l4.5 4.500M4 20h16',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 14h10l1-14M10 11v6M14 11v6',
  edit: 'M4 20l1-4.500L16.5 4l3.5 3.500L8.5 19zM14 6.500l3.5 3.5',
  move: 'M4 12h14M13 6.500l5.5 5.5-5.5 5.5',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  check: 'M4.5 12.500l5 5 10-11',
  close: 'M6 6l12 12M18 6L6 18',
  warning: 'M12 4L2.5 20h19zM12 10v4.500M12 17.500h.01',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 8h.01',
  link: 'M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.700l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.700l1-1',
  key: 'M8 16.500a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM12.5 12H21v3.500M17.5 12v2.5',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2',
  tree: 'M5 4v14a1 1 0 0 0 1 1h4M5 9h5M13 7h7v4h-7zM13 17h7v4h-7z',
  list: 'M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01',
  out: 'M10 4H5v16h5M14 8l4 4-4 4M18 12H9',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 9.500a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM9 19.500a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  undo: 'M8 5L4 9l4 4M4 9h10a6 6 0 0 1 0 12h-3',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  mail: 'M3 6h18v12H3zM3 7l9 6.500L21 7',
  star: 'M12 3.500l2.6 5.6 6 .7-4.5 4.1 1.2 6-5.3-3-5.3 3 1.2-6L3.4 9.800l6-.700z',
  bell: 'M6 17V11a6 6 0 0 1 12 0v6l1.5 1.500h-15zM10 21h4',
  play: 'M7 4.500l12 7.5-12 7.500z',
  pause: 'M8 5v14M16 5v14',
  compare: 'M12 3v18M8 8l-4 4 4 4M16 8l4 4-4 4',
  chip: 'M4 8h16v8H4zM8 12h.01M12 12h4',
} as const

export type IconName = keyof typeof SHAPES

/** A decorative icon; the text beside it, or the button's label, says what it means. */
export const Icon = ({ name, class: className = '' }: { name: IconName; class?: string }) => (
  <svg
    class={`icon ${className}`.trim()}
    viewBox="0 0 24 24"
    width="20"
    height="20"
    fill="none"
    stroke="currentColor"
    stroke-width="1.75"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
    focusable="false"
  >
    <path d={SHAPES[name]} />
  </svg>
)

/** The logo: a rhizome, whose shoots and roots are connected below the ground. */
export const Mark = () => (
  <svg
    class="mark"
    viewBox="0 0 32 32"
    width="32"
    height="32"
    fill="none"
    stroke="currentColor"
    stroke-width="2"
    stroke-linecap="round"
    aria-hidden="true"
    focusable="false"
  >
    <path
      d={
        'M3 17.500c5-3.5 8 2.5 13 0s8-3.5 13 0M9 16.200V9M16 17.500V5.500M23 15.700V10M8 17.300c-.3 4-2 6-4 7.500M15.5 17.700c0 ' +
        '4.5-1.8 7-4 9M16.5 17.500c.3 4 2.3 6.5 4.5 8.500M24 16.300c.2 3.5 1.8 5.5 3.8 6.7'
      }
    />
    <circle cx="9" cy="7.5" r="2" fill="currentColor" stroke="none" />
    <circle cx="16" cy="4.5" r="2.2" fill="currentColor" stroke="none" />
    <circle cx="23" cy="8.5" r="2" fill="currentColor" stroke="none" />
  </svg>
)
