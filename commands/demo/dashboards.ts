/** The dashboards of the demo, by their paths below the organization. */

const OVERVIEW = `# The folder opens on this dashboard, since it is called index.
title: Weather and air
note: Two stations that replay what was measured
tiles:
  - kind: values
    title: Seattle
    sequences: [seattle/temp_max, seattle/temp_min, seattle/precipitation, seattle/wind]
    place: { x: 0, y: 0, width: 8, height: 2 }
  - kind: values
    title: Mauna Loa
    sequences: [mauna_loa/co2]
    place: { x: 8, y: 0, width: 4, height: 2 }
  - kind: chart
    title: A year of temperatures
    sequences: [seattle/temp_max, seattle/temp_min]
    range: 1y
    place: { x: 0, y: 2, width: 7, height: 4 }
  - kind: chart
    title: CO₂ over ten years
    sequences: [mauna_loa/co2, mauna_loa/co2_seasonally_adjusted]
    range: 10y
    place: { x: 7, y: 2, width: 5, height: 4 }
  - kind: chart
    title: Rain and wind
    sequences: [seattle/precipitation, seattle/wind]
    range: 90d
    place: { x: 0, y: 6, width: 7, height: 3 }
  - kind: text
    text: |
      ## Try it

      * **Edit** moves tiles, and adds others.
      * **Full screen** is for a wall.
      * [Stations](/demo/stations.dashboard) shows one station, and lets you choose which.
    place: { x: 7, y: 6, width: 5, height: 3 }
`

const STATIONS = `# One dashboard for all stations: each of its tiles begins with the folder that is chosen.
title: Station $station
variables:
  station:
    folders: /demo/*
    start: /demo/seattle
    label: Station
tiles:
  - kind: values
    title: Newest
    sequences: [$station/*]
    place: { x: 0, y: 0, width: 8, height: 2 }
  - kind: alarms
    title: Alarms
    folder: $station
    place: { x: 8, y: 0, width: 4, height: 2 }
  - kind: chart
    title: All of it, over a year
    sequences: [$station/*]
    range: 1y
    place: { x: 0, y: 2, width: 12, height: 5 }
`

export const DEMO_DASHBOARDS: ReadonlyMap<string, string> = new Map([
  ['index.dashboard', OVERVIEW],
  ['stations.dashboard', STATIONS],
])
