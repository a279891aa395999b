/** Messages as the makers of devices describe them, and what a technician expects of them: path below the controller → value and units. */

export interface Sample {
  readonly format: string
  readonly topic: string
  /** An object is sent as JSON. */
  readonly payload: string | object
  readonly values: Readonly<Record<string, readonly [value: string, units?: string | null]>>
  /** Seconds since 1970; undefined: the server's. */
  readonly time?: number
}

const NOW = '2026-01-31T11:59:30Z'
const SECONDS = 1_769_860_770

export const samples: readonly Sample[] = [
  {
    format: 'shelly-gen2',
    topic: 'blugateway/events/rpc',
    payload: {
      ...{ src: 'shellyblugw-1', dst: 'blugateway/events', method: 'NotifyEvent' },
      params: {
        ts: SECONDS,
        events: [
          {
            ...{ component: 'script:1', id: 1, event: 'shelly-blu', ts: SECONDS },
            data: { encryption: false, BTHome_version: 2, pid: 7, battery: 100, temperature: 21.5, address: 'aa:bb', rssi: -50 },
          },
        ],
      },
    },
    values: {
      'blugateway/script:1/event': ['shelly-blu'],
      'blugateway/aa:bb/temperature': ['21.5', '°C'],
      'blugateway/aa:bb/battery': ['100', '%'],
      'blugateway/aa:bb/rssi': ['-50', 'dBm'],
    },
    time: SECONDS,
  },
  {
    format: 'victron',
    topic: 'N/c0619ab41d2f/system/0/Dc/Battery/Voltage',
    payload: { value: 12.8 },
    values: { 'c0619ab41d2f/system/0/Dc/Battery/Voltage': ['12.8'] },
  },
  { format: 'victron', topic: 'N/c0619ab41d2f/battery/256/Dc/0/Current', payload: { max: null, value: null }, values: {} },
  { format: 'victron', topic: 'N/c0619ab41d2f/battery/256/Alarms', payload: { value: [] }, values: {} },
  { format: 'victron', topic: 'R/c0619ab41d2f/keepalive', payload: '', values: {} },
  {
    format: 'chirpstack',
    topic: 'milesight/up',
    payload: {
      ...{ applicationID: 1, devEUI: '24e124136b502217', deviceName: 'EM300', fCnt: 5, fPort: 85, data: 'AWdQ', time: NOW },
      ...{ rxInfo: [{ rssi: -50, loRaSNR: 9 }], temperature: 21.5, humidity: 40 },
    },
    values: { 'EM300/temperature': ['21.5'], 'EM300/humidity': ['40', '%'], 'EM300/rssi': ['-50', 'dBm'] },
    time: SECONDS,
  },
  {
    format: 'tasmota',
    topic: 'tele/kitchen/SENSOR',
    payload: {
      Time: '2026-01-31T13:00:00',
      AM2301: { Temperature: 21.5, Humidity: 50.1, DewPoint: 10.7 },
      'DS18B20-1': { Id: '01192A8B4C', Temperature: 4.2 },
      Switch1: 'OFF',
      ENERGY: { TotalStartTime: '2025-01-01T00:00:00', Total: 3.185, Today: 0.134, Power: 12, Factor: 0.55, Voltage: 231, Current: 0.09 },
      BMP280: { Temperature: 21.9, Pressure: 1013.2 },
      PressureUnit: 'hPa',
      TempUnit: 'C',
    },
    values: {
      'kitchen/AM2301/Temperature': ['21.5', '°C'],
      'kitchen/AM2301/Humidity': ['50.1', '%'],
      'kitchen/DS18B20-1/Temperature': ['4.2', '°C'],
      'kitchen/Switch1': ['0'],
      'kitchen/ENERGY/Total': ['3.185', 'kWh'],
      'kitchen/ENERGY/Power': ['12', 'W'],
      'kitchen/ENERGY/Factor': ['0.55'],
      'kitchen/BMP280/Pressure': ['1013.2', 'hPa'],
    },
  },
  {
    format: 'tasmota',
    topic: 'tele/freezer/SENSOR',
    payload: { Time: '2026-01-31T13:00:00', DS18B20: { Temperature: -4.2 }, TempUnit: 'F' },
    values: { 'freezer/DS18B20/Temperature': ['-4.2', '°F'] },
  },
  {
    format: 'tasmota',
    topic: 'tele/plug/STATE',
    payload: {
      ...{ Time: '2026-01-31T13:00:00', Uptime: '0T00:10:10', UptimeSec: 610, Heap: 27, SleepMode: 'Dynamic', POWER: 'ON' },
      Wifi: { AP: 1, SSId: 'lab', BSSId: '00:11:22:33:44:55', Channel: 6, RSSI: 86, Signal: -57, LinkCount: 1, Downtime: '0T00:00:03' },
    },
    values: { 'plug/POWER': ['1'], 'plug/UptimeSec': ['610', 's'], 'plug/Wifi/Signal': ['-57', 'dBm'], 'plug/Wifi/RSSI': ['86', '%'] },
  },
  {
    format: 'tasmota',
    topic: 'tele/double/SENSOR',
    payload: { Time: '2026-01-31T13:00:00', ENERGY: { Total: [1.5, 2.5], Power: [12, 0], Voltage: 230 } },
    values: { 'double/ENERGY/Total/1': ['2.5', 'kWh'], 'double/ENERGY/Power/0': ['12', 'W'], 'double/ENERGY/Voltage': ['230', 'V'] },
  },
  { format: 'tasmota', topic: 'stat/unasked/RESULT', payload: { Command: 'Unknown' }, values: {} },
  {
    format: 'sensor-community',
    topic: 'air/yard',
    payload: {
      esp8266id: '1234567',
      software_version: 'NRZ-2024-136',
      sensordatavalues: [
        { value_type: 'SDS_P2', value: '3.20' },
        { value_type: 'BME280_temperature', value: '21.50' },
        { value_type: 'signal', value: '-61' },
      ],
    },
    values: { 'air/yard/SDS_P2': ['3.2', 'µg/m³'], 'air/yard/BME280_temperature': ['21.5', '°C'], 'air/yard/signal': ['-61', 'dBm'] },
  },
  {
    format: 'weather-station',
    topic: 'roof',
    payload: {
      ...{ PASSKEY: '00112233445566778899AABBCCDDEEFF', stationtype: 'GW1100A_V2.1', dateutc: NOW.slice(0, 19).replace('T', ' ') },
      ...{ tempinf: 70.1, humidityin: 50, baromrelin: 29.9, tempf: 41.2, windgustmph: 4.5, rainratein: 0.1, dailyrainin: 0.3 },
    },
    values: {
      'roof/tempinf': ['70.1', '°F'],
      'roof/humidityin': ['50', '%'],
      'roof/baromrelin': ['29.9', 'inHg'],
      'roof/windgustmph': ['4.5', 'mph'],
      'roof/rainratein': ['0.1', 'in/h'],
      'roof/dailyrainin': ['0.3', 'in'],
    },
    time: SECONDS,
  },
  {
    format: 'weather-station',
    topic: 'mast',
    payload: {
      ID: 'ISTATION1',
      PASSWORD: 'secret',
      dateutc: 'now',
      action: 'updateraw',
      tempf: 41.2,
      soiltempf: -9999,
      solarradiation: 1.5,
    },
    values: { 'mast/tempf': ['41.2', '°F'], 'mast/solarradiation': ['1.5', 'W/m²'] },
  },
  { format: 'tasmota', topic: 'stat/plug/POWER', payload: 'OFF', values: { 'plug/POWER': ['0'] } },
  { format: 'tasmota', topic: 'stat/plug/RESULT', payload: { POWER: 'ON' }, values: { 'plug/POWER': ['1'] } },
  { format: 'tasmota', topic: 'tele/plug/LWT', payload: 'Offline', values: { 'plug/online': ['0'] } },
  {
    format: 'zigbee2mqtt',
    topic: 'zigbee2mqtt/cold room',
    payload: {
      ...{ battery: 88, humidity: 61.2, linkquality: 120, pressure: 1009, temperature: 6.5, voltage: 2975, last_seen: NOW },
      update: { installed_version: 5, state: 'idle' },
    },
    time: SECONDS,
    values: {
      'zigbee2mqtt/cold room/temperature': ['6.5', '°C'],
      'zigbee2mqtt/cold room/humidity': ['61.2', '%'],
      'zigbee2mqtt/cold room/pressure': ['1009', 'hPa'],
      'zigbee2mqtt/cold room/battery': ['88', '%'],
      'zigbee2mqtt/cold room/voltage': ['2975', 'mV'],
      'zigbee2mqtt/cold room/linkquality': ['120', null],
    },
  },
  {
    format: 'zigbee2mqtt',
    topic: 'zigbee2mqtt/plug',
    payload: { state: 'ON', power: 42.1, voltage: 230, current: 0.18, energy: 1.5, linkquality: 90, last_seen: SECONDS * 1000 },
    time: SECONDS,
    values: {
      'zigbee2mqtt/plug/state': ['1'],
      'zigbee2mqtt/plug/power': ['42.1', 'W'],
      'zigbee2mqtt/plug/voltage': ['230', 'V'],
      'zigbee2mqtt/plug/energy': ['1.5', 'kWh'],
    },
  },
  {
    format: 'zigbee2mqtt',
    topic: 'zigbee2mqtt/plug/availability',
    payload: { state: 'online' },
    values: { 'zigbee2mqtt/plug/online': ['1'] },
  },
  {
    format: 'zigbee2mqtt',
    topic: 'zigbee2mqtt/bridge/state',
    payload: { state: 'online' },
    values: { 'zigbee2mqtt/bridge/online': ['1'] },
  },
  { format: 'zigbee2mqtt', topic: 'zigbee2mqtt/bridge/devices', payload: [{ ieee_address: '0x00', type: 'Coordinator' }], values: {} },
  { format: 'zigbee2mqtt', topic: 'zigbee2mqtt/plug/set', payload: { state: 'OFF' }, values: {} },
  { format: 'shelly-gen1', topic: 'shellies/shelly1pm-AA11/relay/0', payload: 'on', values: { 'shelly1pm-AA11/relay/0/state': ['1'] } },
  {
    format: 'shelly-gen1',
    topic: 'shellies/shelly1pm-AA11/relay/0/power',
    payload: '12.37',
    values: { 'shelly1pm-AA11/relay/0/power': ['12.37', 'W'] },
  },
  {
    format: 'shelly-gen1',
    topic: 'shellies/shelly1pm-AA11/relay/0/energy',
    payload: '5041',
    values: { 'shelly1pm-AA11/relay/0/energy': ['5041', 'W·min'] },
  },
  {
    format: 'shelly-gen1',
    topic: 'shellies/shellyem-BB/emeter/0/total',
    payload: '81.5',
    values: { 'shellyem-BB/emeter/0/total': ['81.5', 'Wh'] },
  },
  {
    format: 'shelly-gen1',
    topic: 'shellies/shelly1pm-AA11/temperature',
    payload: '44.02',
    values: { 'shelly1pm-AA11/temperature': ['44.02', '°C'] },
  },
  {
    format: 'shelly-gen1',
    topic: 'shellies/shellyht-CC/sensor/humidity',
    payload: '40.5',
    values: { 'shellyht-CC/sensor/humidity': ['40.5', '%'] },
  },
  { format: 'shelly-gen1', topic: 'shellies/shelly1pm-AA11/online', payload: 'true', values: { 'shelly1pm-AA11/online': ['1'] } },
  { format: 'shelly-gen1', topic: 'shellies/shelly1pm-AA11/relay/0/command', payload: 'off', values: {} },
  { format: 'shelly-gen1', topic: 'shellies/announce', payload: { id: 'shelly1pm-AA11', mac: 'AA11', fw_ver: '1.14' }, values: {} },
  {
    format: 'shelly-gen2',
    topic: 'shellyplus1pm-a8/events/rpc',
    payload: {
      ...{ src: 'shellyplus1pm-a8', dst: 'shellyplus1pm-a8/events', method: 'NotifyStatus' },
      params: {
        ts: SECONDS + 0.5,
        'switch:0': {
          ...{ id: 0, source: 'init', output: true, apower: 8.9, voltage: 230.1, current: 0.08 },
          aenergy: { total: 6.532, by_minute: [45.2, 47.1, 88.4], minute_ts: SECONDS },
          temperature: { tC: 23.5, tF: 74.4 },
        },
        'temperature:100': { id: 100, tC: -18.4, tF: -1.1 },
        'humidity:0': { id: 0, rh: 41.2 },
      },
    },
    time: SECONDS + 0.5,
    values: {
      'shellyplus1pm-a8/switch:0/output': ['1'],
      'shellyplus1pm-a8/switch:0/apower': ['8.9', 'W'],
      'shellyplus1pm-a8/switch:0/aenergy/total': ['6.532', 'Wh'],
      'shellyplus1pm-a8/switch:0/temperature/tC': ['23.5', '°C'],
      'shellyplus1pm-a8/temperature:100/tC': ['-18.4', '°C'],
      'shellyplus1pm-a8/humidity:0/rh': ['41.2', '%'],
    },
  },
  {
    format: 'shelly-gen2',
    topic: 'shellyplusi4-b1/events/rpc',
    payload: {
      ...{ src: 'shellyplusi4-b1', dst: 'shellyplusi4-b1/events', method: 'NotifyEvent' },
      params: { ts: SECONDS, events: [{ component: 'input:2', id: 2, event: 'single_push', ts: SECONDS }] },
    },
    time: SECONDS,
    values: { 'shellyplusi4-b1/input:2/event': ['single_push'] },
  },
  {
    format: 'shelly-gen2',
    topic: 'shellypro3em-c2/status/em:0',
    payload: { id: 0, a_voltage: 231, total_act_power: 512.5, n_current: null },
    values: { 'shellypro3em-c2/em:0/a_voltage': ['231'], 'shellypro3em-c2/em:0/total_act_power': ['512.5'] },
  },
  {
    format: 'shelly-gen2',
    topic: 'shellypro3em-c2/rpc',
    payload: { id: 1, src: 'x', method: 'Switch.Set', params: { on: true } },
    values: {},
  },
  {
    format: 'esphome',
    topic: 'incubator/sensor/air_temperature/state',
    payload: '37.1',
    values: { 'incubator/sensor/air_temperature': ['37.1'] },
  },
  { format: 'esphome', topic: 'incubator/binary_sensor/door/state', payload: 'ON', values: { 'incubator/binary_sensor/door': ['1'] } },
  {
    format: 'esphome',
    topic: 'incubator/text_sensor/mode/state',
    payload: 'heating',
    values: { 'incubator/text_sensor/mode': ['heating'] },
  },
  { format: 'esphome', topic: 'incubator/status', payload: 'online', values: { 'incubator/online': ['1'] } },
  { format: 'esphome', topic: 'incubator/switch/fan/command', payload: 'ON', values: {} },
  { format: 'esphome', topic: 'incubator/debug', payload: '[D][sensor:094]: state 37.1', values: {} },
  {
    format: 'home-assistant',
    topic: 'homeassistant/sensor/vat/temp/config',
    payload: { name: 'Vat temperature', stat_t: 'vat/sensor/temp/state', unit_of_meas: '°C', dev_cla: 'temperature', uniq_id: 'vat1' },
    values: {},
  },
  { format: 'esphome', topic: 'vat/sensor/temp/state', payload: '65.2', values: { 'vat/sensor/temp': ['65.2', '°C'] } },
  {
    format: 'home-assistant',
    topic: 'homeassistant/sensor/still_reflux/config',
    payload: {
      ...{ '~': 'plant/still', name: 'Reflux', state_topic: '~/data', unit_of_measurement: 'L/h', unique_id: 'r1' },
      value_template: "{{ value_json['reflux'].flow | round(2) }}",
    },
    values: {},
  },
  {
    format: 'json',
    topic: 'plant/still/data',
    payload: { reflux: { flow: 4.5 }, heat: 3 },
    values: { 'plant/still/data/reflux/flow': ['4.5', 'L/h'], 'plant/still/data/heat': ['3'] },
  },
  { format: 'statestream', topic: 'ha/sensor/attic/unit_of_measurement', payload: '"°C"', values: {} },
  { format: 'statestream', topic: 'ha/sensor/attic/last_changed', payload: `"${NOW}"`, values: {} },
  { format: 'statestream', topic: 'ha/sensor/attic/state', payload: '12.5', values: { 'ha/sensor/attic': ['12.5', '°C'] } },
  { format: 'statestream', topic: 'ha/binary_sensor/hatch/state', payload: 'off', values: { 'ha/binary_sensor/hatch': ['0'] } },
  {
    format: 'ttn',
    topic: 'v3/field@ttn/devices/soil-7/up',
    payload: {
      end_device_ids: { device_id: 'soil-7', application_ids: { application_id: 'field' }, dev_eui: '70B3D57ED0000001' },
      received_at: '2026-01-31T11:59:30.400Z',
      uplink_message: {
        ...{ f_port: 2, f_cnt: 17, frm_payload: 'AQID', decoded_payload: { moisture_percent: 31.5, temp_c: 7.2, ok: true } },
        rx_metadata: [
          { gateway_ids: { gateway_id: 'far' }, rssi: -120, snr: -7 },
          { gateway_ids: { gateway_id: 'near' }, rssi: -80, snr: 9.5 },
        ],
        received_at: '2026-01-31T11:59:30.250123456Z',
      },
    },
    time: SECONDS + 0.250_123,
    values: {
      'soil-7/moisture_percent': ['31.5', '%'],
      'soil-7/temp_c': ['7.2', '°C'],
      'soil-7/ok': ['1'],
      'soil-7/rssi': ['-80', 'dBm'],
      'soil-7/snr': ['9.5', 'dB'],
    },
  },
  {
    format: 'ttn',
    topic: 'v3/field@ttn/devices/soil-7/join',
    payload: { end_device_ids: { device_id: 'soil-7' }, join_accept: {} },
    values: {},
  },
  {
    format: 'chirpstack',
    topic: 'application/5c/device/a840/event/up',
    payload: {
      ...{
        deviceInfo: { applicationName: 'field', deviceName: 'river gauge', devEui: 'a840' },
        time: '2026-01-31T12:59:30+01:00',
        fCnt: 10,
      },
      ...{ fPort: 2, data: 'AQ==', object: { level_mm: 812, battery: { volt: 3.6 } }, rxInfo: [{ gatewayId: '0016', rssi: -57, snr: 10 }] },
    },
    time: SECONDS,
    values: { 'river gauge/level_mm': ['812', 'mm'], 'river gauge/battery/volt': ['3.6'], 'river gauge/rssi': ['-57', 'dBm'] },
  },
  {
    format: 'chirpstack',
    topic: 'application/3/device/b7/event/up',
    payload: { deviceName: 'old', devEUI: 'tycAAA==', rxInfo: [{ rssi: -60, loRaSNR: 5 }], fCnt: 1, objectJSON: '{"rain_mm": 0.2}' },
    values: { 'old/rain_mm': ['0.2', 'mm'], 'old/snr': ['5', 'dB'] },
  },
  {
    format: 'theengs',
    topic: 'home/OpenMQTTGateway/BTtoMQTT/A4C138112233',
    payload: {
      ...{ id: 'A4:C1:38:11:22:33', name: 'ATC_112233', rssi: -66, brand: 'Xiaomi', model: 'TH Sensor', model_id: 'LYWSD03MMC_ATC' },
      ...{ tempc: 19.8, tempf: 67.64, hum: 48.1, batt: 77, volt: 2.96 },
    },
    values: {
      'A4C138112233/tempc': ['19.8', '°C'],
      'A4C138112233/hum': ['48.1', '%'],
      'A4C138112233/batt': ['77', '%'],
      'A4C138112233/rssi': ['-66', 'dBm'],
    },
  },
  { format: 'theengs', topic: 'home/OpenMQTTGateway/LWT', payload: 'online', values: { 'home/OpenMQTTGateway/online': ['1'] } },
  {
    // The valid data of the description of format 5.
    format: 'ruuvi',
    topic: 'ruuvi/C8:25:2D:8E:9C:2C/CB:B8:33:4C:88:4F',
    payload: {
      ...{ gw_mac: 'C8:25:2D:8E:9C:2C', rssi: -71, aoa: [], gwts: SECONDS, ts: SECONDS },
      data: '0201061BFF99040512FC5394C37C0004FFFC040CAC364200CDCBB8334C884F',
    },
    time: SECONDS,
    values: {
      'CBB8334C884F/temperature': ['24.3', '°C'],
      'CBB8334C884F/humidity': ['53.49', '%'],
      'CBB8334C884F/pressure': ['1000.44', 'hPa'],
      'CBB8334C884F/acceleration_y': ['-0.004', 'g'],
      'CBB8334C884F/battery': ['2.977', 'V'],
      'CBB8334C884F/tx_power': ['4', 'dBm'],
      'CBB8334C884F/measurement_sequence': ['205'],
      'CBB8334C884F/rssi': ['-71', 'dBm'],
    },
  },
  {
    format: 'rtl_433',
    topic: 'rtl_433/pi/events',
    payload: {
      time: '2026-01-31 12:59:30',
      model: 'Acurite-Tower',
      id: 1234,
      channel: 'A',
      battery_ok: 1,
      temperature_C: 21.5,
      humidity: 55,
      mic: 'CRC',
    },
    values: { 'Acurite-Tower/A/1234/temperature_C': ['21.5', '°C'], 'Acurite-Tower/A/1234/humidity': ['55', '%'] },
  },
  {
    format: 'rtl_433',
    topic: 'rtl_433/pi/events',
    payload: { time: '1769860770', model: 'Acurite-Tower', id: 1235, channel: 'A', battery_ok: 1, temperature_C: -4.5, mic: 'CRC' },
    time: SECONDS,
    values: { 'Acurite-Tower/A/1235/temperature_C': ['-4.5', '°C'], 'Acurite-Tower/A/1235/battery_ok': ['1'] },
  },
  { format: 'rtl_433', topic: 'rtl_433/pi/devices/Nexus-TH/1/77/time', payload: '2026-01-31 12:59:30', values: {} },
  {
    format: 'rtl_433',
    topic: 'home/OMG/RTL_433toMQTT',
    payload: { model: 'LaCrosse-TX141THBv2', id: 9, channel: 0, temperature_C: 3.5, rssi: -80, duration: 1000, protocol: 'LaCrosse' },
    values: { 'LaCrosse-TX141THBv2/0/9/temperature_C': ['3.5', '°C'], 'LaCrosse-TX141THBv2/0/9/rssi': ['-80', 'dBm'] },
  },
  {
    format: 'lorawan-gateway',
    topic: 'eu868/gateway/0016c001f153a14c/event/stats',
    payload: { gatewayId: '0016c001f153a14c', time: NOW, rxPacketsReceived: 10, rxPacketsReceivedOk: 9, metadata: { region: 'eu868' } },
    time: SECONDS,
    values: { '0016c001f153a14c/rxPacketsReceived': ['10'], '0016c001f153a14c/rxPacketsReceivedOk': ['9'] },
  },
  {
    format: 'lorawan-gateway',
    topic: 'eu868/gateway/0016c001f153a14c/event/up',
    payload: { phyPayload: 'QAQ=', rxInfo: { rssi: -80 } },
    values: {},
  },
  {
    format: 'lorawan-gateway',
    topic: 'eu868/gateway/0016c001f153a14c/state/conn',
    payload: { gatewayId: '0016c001f153a14c', state: 'ONLINE' },
    values: { '0016c001f153a14c/online': ['1'] },
  },
  {
    format: 'ttn',
    topic: 'v3/farm@ttn/devices/soil-7/up',
    payload: {
      end_device_ids: { device_id: 'soil-7' },
      uplink_message: {
        decoded_payload: {},
        normalized_payload: [{ measured_at: NOW, air: { temperature: 20.5 }, soil: { moisture: 31.2 } }],
        rx_metadata: [{ rssi: -101, snr: 5 }],
      },
    },
    values: { 'soil-7/rssi': ['-101', 'dBm'] },
  },
  {
    format: 'ttn',
    topic: 'v3/farm@ttn/devices/soil-8/up',
    payload: {
      end_device_ids: { device_id: 'soil-8' },
      received_at: NOW,
      uplink_message: { normalized_payload: [{ measured_at: NOW, air: { temperature: 20.5 }, soil: { moisture: 31.2 } }] },
    },
    time: SECONDS,
    values: { 'soil-8/air/temperature': ['20.5', '°C'], 'soil-8/soil/moisture': ['31.2', '%'] },
  },
  { format: 'esphome', topic: 'node/text_sensor/version/state', payload: '2024.1', values: { 'node/text_sensor/version': ['2024.1'] } },
  { format: 'esphome', topic: 'node/text_sensor/version/state', payload: '2024.1.2', values: { 'node/text_sensor/version': ['2024.1.2'] } },
  { format: 'esphome', topic: 'node/climate/ac/mode/state', payload: 'heat', values: { 'node/climate/ac/mode': ['heat'] } },
  {
    format: 'shelly-gen2',
    topic: 'shellypro3em-1/status/em:0',
    payload: { id: 0, a_current: 1.1, a_voltage: 230, n_current: null, total_act_power: 300, user_calibrated_phase: [] },
    values: { 'shellypro3em-1/em:0/a_voltage': ['230', 'V'], 'shellypro3em-1/em:0/total_act_power': ['300', 'W'] },
  },
  { format: 'tasmota', topic: 'tele/plug/HASS_STATE', payload: { Version: '14.1.0', RSSI: '86' }, values: {} },
  { format: 'tasmota', topic: 'tele/plug/UPTIME', payload: { Time: '2026-01-31T13:00:00', Uptime: '1T00:00:00' }, values: {} },
]
