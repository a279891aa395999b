/** Lines to paste that send one value: with curl, mosquitto_pub, Python, Arduino. */
import { quoteForShell } from '../../../../src/base/quote.ts'
import type { Context } from '../../../../src/context.ts'

export interface Target {
  /** `http://192.168.1.10:5000` */
  readonly server: string
  readonly mqtt: MqttTarget | undefined
  /** Absolute path of the sequence. */
  readonly path: string
  readonly key: string
}

interface MqttTarget {
  readonly host: string
  readonly port: number
  readonly isSecure: boolean
}

export interface Recipe {
  readonly name: string
  /** How to use it. */
  readonly note: string
  readonly text: string
}

const VALUE = '21.5'

export const isLocalAddress = (server: string): boolean => /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(new URL(server).hostname)

/** undefined: no MQTT over TCP. */
export function mqttTarget({ settings }: Pick<Context, 'settings'>, server: string): MqttTarget | undefined {
  const host = new URL(server).hostname.replace(/^\[|\]$/g, '')
  if (settings.MQTT_TLS_CERTIFICATE !== undefined && settings.MQTT_TLS_PORT !== 0)
    return { host, port: settings.MQTT_TLS_PORT, isSecure: true }
  if (settings.MQTT_TCP_PORT === 0) return undefined
  return { host, port: settings.MQTT_TCP_PORT ?? 1883, isSecure: false }
}

export function recipesFor(target: Target): Recipe[] {
  const { mqtt } = target
  return [
    { name: 'curl', note: 'In a terminal of Linux or macOS.', text: curl(target) },
    ...(mqtt === undefined
      ? []
      : [{ name: 'mosquitto_pub', note: 'By MQTT; the package is called mosquitto-clients.', text: mosquitto(target, mqtt) }]),
    { name: 'Python', note: 'Python 3, without any package.', text: python(target) },
    { name: 'Arduino', note: 'For an ESP32: fill in the Wi-Fi, then upload. It sends every 10 seconds.', text: arduino(target) },
  ]
}

const curl = ({ server, path, key }: Target): string => `curl -u ${quoteForShell(`:${key}`)} \\
  -X PUT ${quoteForShell(`${server}/api/v1/resources`)} \\
  --data-urlencode ${quoteForShell(`values=${JSON.stringify({ [path]: Number(VALUE) })}`)}`

const mosquitto = ({ path, key }: Target, { host, port, isSecure }: MqttTarget): string =>
  `mosquitto_pub -h ${quoteForShell(host)} -p ${port}${isSecure ? ' --capath /etc/ssl/certs' : ''} \\
  -u key -P ${quoteForShell(key)} \\
  -q 1 -t ${quoteForShell(path.slice(1))} -m ${VALUE}`

const python = ({ server, path, key }: Target): string => `import json, urllib.request

request = urllib.request.Request(
    ${quoteText(`${server}/api/v1/resources`)},
    data=json.dumps({"values": {${quoteText(path)}: ${VALUE}}}).encode(),
    headers={"Authorization": "Bearer ${key}", "Content-Type": "application/json"},
    method="PUT",
)
print(urllib.request.urlopen(request).read().decode())`

const arduino = ({ server, path, key }: Target): string => `#include <HTTPClient.h>
#include <WiFi.h>

void setup() {
  WiFi.begin("your-wifi", "its-password");
}

void loop() {
  if (WiFi.status() == WL_CONNECTED) {
    float value = analogRead(A0) * 100.0 / 4095.0;
    HTTPClient http;
    http.begin(${quoteText(`${server}/api/v1/resources`)});
    http.addHeader("Authorization", "Bearer ${key}");
    http.addHeader("Content-Type", "application/json");
    http.PUT(${quoteText(`{"values": {${JSON.stringify(path)}: `)} + String(value) + "}}");
    http.end();
  }
  delay(10000);
}`

/** Quotes text as a string of Python and of C++, which read JSON's escapes of quotes and backslashes the same way. */
const quoteText = (text: string): string => JSON.stringify(text)
