/**
 * ESPHome: `PREFIX/COMPONENT/NAME/state`, and Home Assistant's `statestream`, which publishes the same: `BASE/DOMAIN/OBJECT/state` with a
 * topic for each attribute beside it.
 */
import { mapBare } from '../bare-values.ts'
import { nameOf, NOTHING, type Format } from '../reading.ts'

const COMPONENTS: ReadonlySet<string> = new Set(
  (
    'sensor binary_sensor text_sensor switch light fan cover number select climate lock button text valve event update input_boolean ' +
    'input_number input_select input_text weather person device_tracker sun automation script counter timer zone water_heater humidifier'
  ).split(' '),
)
const SWITCHES: ReadonlySet<string> = new Set(['binary_sensor', 'switch', 'light', 'fan', 'input_boolean', 'automation', 'script'])
/** What they say is text, whatever it looks like: a version 2024.1 is no number. */
const TEXTS: ReadonlySet<string> = new Set(['text_sensor', 'text', 'select', 'input_text', 'input_select', 'event'])
/** Of statestream, in quotes as JSON. */
const ATTRIBUTES: ReadonlySet<string> = new Set([
  'last_changed',
  'last_updated',
  'unit_of_measurement',
  'friendly_name',
  'device_class',
  'state_class',
  'icon',
  'attribution',
  'editable',
  'supported_features',
  'options',
  'entity_picture',
])

export const esphome: Format = {
  name: 'esphome',
  read(topic, payload, { memory }) {
    const last = topic.at(-1) ?? ''
    if (last === 'debug' && topic.length >= 2 && /\[[A-Z]\]\[/.test(payload.text ?? '')) return NOTHING
    if (last === 'status' && (payload.text === 'online' || payload.text === 'offline'))
      return { readings: [{ names: [...topic.slice(0, -1).map(nameOf), 'online'], value: payload.text === 'online' }] }
    // What a climate or a fan has several of: its mode, its speed.
    if (last === 'state' && !COMPONENTS.has(topic.at(-3) ?? '') && COMPONENTS.has(topic.at(-4) ?? ''))
      return mapBare(payload, topic.slice(0, -1).map(nameOf))
    const component = topic.at(-3) ?? ''
    if (!COMPONENTS.has(component)) return undefined
    const entity = topic.slice(0, -1).map(nameOf)
    const key = `units of ${entity.join('/')}`
    if (last === 'unit_of_measurement' && typeof payload.json === 'string') memory.set(key, payload.json)
    if (ATTRIBUTES.has(last)) return NOTHING
    if (last !== 'state') return undefined
    const isText = TEXTS.has(component) && payload.text !== undefined && typeof payload.json === 'number'
    const mapped = isText ? { readings: [{ names: entity, value: payload.text }] } : mapBare(payload, entity, SWITCHES.has(component))
    const units = memory.get(key)
    return mapped && typeof units === 'string' ? { ...mapped, readings: mapped.readings.map((one) => ({ ...one, units })) } : mapped
  },
}
