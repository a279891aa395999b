/** Units that a member's name leaves no doubt about: `temperature` alone may be of either scale, so it has none here. */

const NAMES: ReadonlyMap<string, string> = new Map([
  ['humidity', '%'],
  ['relative_humidity', '%'],
  ['soil_moisture', '%'],
  ['rssi', 'dBm'],
  ['snr', 'dB'],
  ['co2', 'ppm'],
  ['eco2', 'ppm'],
  ['lux', 'lx'],
  ['tempc', '°C'],
  ['tempf', '°F'],
  ['tc', '°C'],
  ['tf', '°F'],
  ['pm1', 'µg/m³'],
  ['pm25', 'µg/m³'],
  ['pm2_5', 'µg/m³'],
  ['pm10', 'µg/m³'],
])
const ENDINGS: readonly (readonly [RegExp, string])[] = [
  [/_(?:c|celsius|degc)$/, '°C'],
  [/_(?:f|fahrenheit|degf)$/, '°F'],
  [/_(?:pct|percent)$/, '%'],
  [/_ppm$/, 'ppm'],
  [/_ppb$/, 'ppb'],
  [/_(?:lux|lx)$/, 'lx'],
  [/_hpa$/, 'hPa'],
  [/_kpa$/, 'kPa'],
  [/_mbar$/, 'mbar'],
  [/_(?:mv|millivolts)$/, 'mV'],
  [/_volts?$/, 'V'],
  [/_watts?$/, 'W'],
  [/_kwh$/, 'kWh'],
  [/_wh$/, 'Wh'],
  [/_mm$/, 'mm'],
  [/_cm$/, 'cm'],
  [/_dbm$/, 'dBm'],
  [/_hz$/, 'Hz'],
  [/_ms$/, 'ms'],
]

/** @param name of a member, without those above it */
export function sureUnits(name: string): string | undefined {
  // `humidityPercent` is written humidity_percent as well.
  const lower = name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase()
  return NAMES.get(name.toLowerCase()) ?? NAMES.get(lower) ?? ENDINGS.find(([ending]) => ending.test(lower))?.[1]
}
