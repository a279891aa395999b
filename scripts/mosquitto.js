// Tests of the external broker run against a real Mosquitto, those of other programs with its clients and paho; without them they are
// skipped, which the test run shows.
import { existsSync } from 'node:fs'
import { canInstall, installPackages, say } from './packages.js'

const places = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto', '/usr/bin/mosquitto']

/** Looks for Mosquitto, or installs it: the system's package as root on Debian. Says what it does. */
export function findMosquitto() {
  if (places.some(existsSync)) return
  if (canInstall()) {
    say('Installing Mosquitto, its clients and paho for the tests of MQTT (apt-get, once) …')
    if (installPackages('mosquitto', 'mosquitto-clients', 'python3-paho-mqtt') && places.some(existsSync)) return
  }
  say(
    'No Mosquitto here: the tests of the external broker are skipped. Install it with your package manager (Debian: apt ' +
      'install mosquitto mosquitto-clients python3-paho-mqtt).',
  )
}
