// Tests of the external broker run with a real Mosquitto, and tests with other programs use its clients and paho; without them they are
// skipped, which the test run shows.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { offerPackages } from './packages.js'

const BROKERS = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto', '/usr/bin/mosquitto']

const runs = (program, ...args) => spawnSync(program, args, { stdio: 'ignore' }).error === undefined
const hasPaho = () =>
  ['python3', '/usr/bin/python3'].some((python) => spawnSync(python, ['-c', 'import paho.mqtt.client'], { stdio: 'ignore' }).status === 0)

/** Looks for Mosquitto, its clients and paho, and offers to install what is missing. */
export async function findMosquitto() {
  const missing = [
    ...(BROKERS.some((place) => existsSync(place)) ? [] : ['mosquitto']),
    ...(runs('mosquitto_pub', '--version') ? [] : ['mosquitto-clients']),
    ...(hasPaho() ? [] : ['python3-paho-mqtt']),
  ]
  if (missing.length > 0) await offerPackages('Some tests of MQTT need programs that are missing; without them they are skipped.', missing)
}
