/** What Home Assistant calls kinds of measurements and their units. Source: its documentation of sensors, "Available device classes". */

export interface SensorKind {
  /** As Home Assistant spells it. */
  readonly unit?: string
  readonly deviceClass?: string
}

interface Known {
  readonly deviceClass: string
  /** Spellings in lower case → the unit. */
  readonly units: Readonly<Record<string, string>>
  /** For units that several kinds share: what the sequence's name or those of its folders must say. */
  readonly named?: RegExp
}

const KNOWN: readonly Known[] = [
  {
    deviceClass: 'temperature',
    units: {
      c: '°C',
      '°c': '°C',
      '℃': '°C',
      degc: '°C',
      'deg c': '°C',
      celsius: '°C',
      f: '°F',
      '°f': '°F',
      degf: '°F',
      fahrenheit: '°F',
      k: 'K',
      kelvin: 'K',
    },
  },
  { deviceClass: 'humidity', units: { '%': '%', '%rh': '%', 'rh%': '%', '% rh': '%' }, named: /humid|\brh\b|feuchte/i },
  { deviceClass: 'battery', units: { '%': '%' }, named: /batter|akku/i },
  { deviceClass: 'carbon_dioxide', units: { ppm: 'ppm' }, named: /co2|co₂|carbon.?dioxide/i },
  { deviceClass: 'atmospheric_pressure', units: { hpa: 'hPa', mbar: 'mbar' }, named: /baro|atmos|air.?press/i },
  {
    deviceClass: 'pressure',
    units: { pa: 'Pa', hpa: 'hPa', kpa: 'kPa', bar: 'bar', mbar: 'mbar', mmhg: 'mmHg', torr: 'mmHg', psi: 'psi' },
  },
  { deviceClass: 'voltage', units: { v: 'V', volt: 'V', volts: 'V', mv: 'mV' } },
  { deviceClass: 'current', units: { a: 'A', ampere: 'A', amperes: 'A', ma: 'mA' } },
  { deviceClass: 'power', units: { w: 'W', watt: 'W', watts: 'W', kw: 'kW' } },
  { deviceClass: 'illuminance', units: { lx: 'lx', lux: 'lx' } },
  { deviceClass: 'frequency', units: { hz: 'Hz', khz: 'kHz', mhz: 'MHz' } },
  { deviceClass: 'sound_pressure', units: { db: 'dB', dba: 'dBA', 'db(a)': 'dBA' }, named: /sound|noise/i },
  { deviceClass: 'signal_strength', units: { dbm: 'dBm', db: 'dB' }, named: /rssi|signal|snr/i },
  { deviceClass: 'speed', units: { 'm/s': 'm/s', 'km/h': 'km/h', kmh: 'km/h' } },
  { deviceClass: 'weight', units: { kg: 'kg', g: 'g', mg: 'mg' } },
  { deviceClass: 'pm25', units: { 'µg/m³': 'µg/m³', 'μg/m³': 'µg/m³', 'ug/m3': 'µg/m³' }, named: /pm.?2[._]?5/i },
  { deviceClass: 'pm10', units: { 'µg/m³': 'µg/m³', 'μg/m³': 'µg/m³', 'ug/m3': 'µg/m³' }, named: /pm.?10/i },
]

/**
 * The kind of a sequence's values: with a class only where unit and name leave no doubt, as Home Assistant refuses units that don't fit.
 * @param name of the sequence
 */
export function sensorKindOf(name: string, units: string | undefined): SensorKind {
  if (units === undefined || units.trim() === '') return {}
  const spelt = units.trim().toLowerCase()
  for (const { deviceClass, units: known, named } of KNOWN) {
    const unit = known[spelt]
    if (unit !== undefined && (!named || named.test(name))) return { unit, deviceClass }
  }
  return { unit: units.trim() }
}
