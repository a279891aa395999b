/** Devices that are known by their topics and payloads. The first that knows a message reads it. */
import { chirpstack } from './formats/chirpstack.ts'
import { esphome } from './formats/esphome.ts'
import { homeAssistant } from './formats/home-assistant.ts'
import { lorawanGateway } from './formats/lorawan-gateway.ts'
import { rtl433 } from './formats/rtl-433.ts'
import { ruuvi } from './formats/ruuvi.ts'
import { senml } from './formats/senml.ts'
import { sensorCommunity } from './formats/sensor-community.ts'
import { shellyGen1 } from './formats/shelly-gen1.ts'
import { shellyGen2 } from './formats/shelly-gen2.ts'
import { sparkplug } from './formats/sparkplug.ts'
import { tasmota } from './formats/tasmota.ts'
import { theThingsNetwork } from './formats/the-things-network.ts'
import { theengs } from './formats/theengs.ts'
import { thingSpeak } from './formats/thingspeak.ts'
import { victron } from './formats/victron.ts'
import { weatherStation } from './formats/weather-station.ts'
import { zigbee2mqtt } from './formats/zigbee2mqtt.ts'
import type { Format } from './reading.ts'

/** Those with the plainest signs come first. */
export const formats: readonly Format[] = [
  sparkplug,
  theThingsNetwork,
  chirpstack,
  lorawanGateway,
  homeAssistant,
  shellyGen2,
  shellyGen1,
  tasmota,
  victron,
  rtl433,
  theengs,
  ruuvi,
  senml,
  sensorCommunity,
  thingSpeak,
  weatherStation,
  esphome,
  zigbee2mqtt,
]

/** As a mapping may name them. */
export const formatNames: ReadonlySet<string> = new Set(['plain', ...formats.map(({ name }) => name)])
