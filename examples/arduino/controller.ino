/*
  A controller on an ESP32 or ESP8266: reads the analog input once a minute and sends the readings to rhizo by HTTP.

  Readings carry the time at which they were taken, and wait in memory, the newest 360 of them (six hours), while the
  Wi-Fi or the server is away. Sending one twice does no harm: the server knows it by its time. A board begins without
  a clock: until NTP has answered, a reading knows by a counter how long ago it was taken, and gets its time then. When
  the clock is set later, the readings that wait move along. In a network without NTP the board goes on without a clock
  after two minutes: it sends what the counter showed, and the server's clock makes times of that. (Readings of an earlier
  start are gone with the memory, so none of them needs to be told apart.)

  Before: rhizo controller create /lab/greenhouse
          rhizo key create --controller /lab/greenhouse
          rhizo seq create /lab/greenhouse/soil --type numeric --min-storage-interval 0 --units % --decimals 1
  Boards: "esp32" by Espressif or "esp8266" by the ESP8266 community; no other library is needed.
*/
#if defined(ESP8266)
#include <ESP8266HTTPClient.h>
#include <ESP8266WiFi.h>
const float FULL_SCALE = 1023.0;
#else
#include <HTTPClient.h>
#include <WiFi.h>
const float FULL_SCALE = 4095.0;
#endif
#include <time.h>

const char *WIFI_NAME = "lab";
const char *WIFI_PASSWORD = "change-me";
const char *VALUES_URL = "http://192.168.1.10:5000/api/v1/sequences/values";
const char *SECRET_KEY = "RHIZO...";
const char *SEQUENCE = "/lab/greenhouse/soil";

const unsigned long INTERVAL = 60UL * 1000;   // milliseconds from one reading to the next
const unsigned long LONGEST_PAUSE = 600UL * 1000;
const time_t CLOCK_IS_SET = 1700000000;       // before NTP has answered the clock counts from 1970
const int64_t PATIENCE_FOR_NTP = 120;         // seconds
const int64_t CLOCK_TOLERANCE = 2;            // seconds: a smaller step is how a clock is kept right
const int CAPACITY = 360;
const int MAX_IN_REQUEST = 60;                // about 3 kB of text

struct Reading {
  int64_t taken;   // by the counter
  time_t time;     // 0: the clock was not set yet
  float value;
};

// A ring: the oldest reading is at `oldest`, and is the one to go when it is full.
Reading readings[CAPACITY];
int oldest = 0;
int waiting = 0;

int64_t clockOffset = 0;   // what the clock shows beyond the counter; 0 until it is set
bool byCounter = false;    // no clock: readings are sent with what the counter showed, until the next start
char boot[17];             // what the counter counts from, for the server

unsigned long lastReading = 0;
unsigned long lastAttempt = 0;
unsigned long pauseBetween = 1000;

float measure() {
  return analogRead(A0) * 100.0 / FULL_SCALE;
}

// Seconds since the start. Nobody sets this counter, and with 64 bits it doesn't begin again after 49 days, as millis() does.
int64_t counter() {
#if defined(ESP8266)
  return micros64() / 1000000;
#else
  return esp_timer_get_time() / 1000000;
#endif
}

// Gives those that wait their times when the clock is set, and moves them when it is set again.
void followClock() {
  time_t now = time(nullptr);
  if (now < CLOCK_IS_SET) return;
  int64_t offset = (int64_t)now - counter();
  int64_t jump = offset - clockOffset;
  if (clockOffset != 0 && jump > -CLOCK_TOLERANCE && jump < CLOCK_TOLERANCE) return;
  clockOffset = offset;
  for (int n = 0; n < waiting; n++) {
    Reading &reading = readings[(oldest + n) % CAPACITY];
    reading.time = (time_t)(reading.taken + clockOffset);
  }
}

void keep(Reading reading) {
  if (waiting == CAPACITY) {
    oldest = (oldest + 1) % CAPACITY;
    waiting--;
  }
  readings[(oldest + waiting) % CAPACITY] = reading;
  waiting++;
}

// Sends up to MAX_IN_REQUEST readings. True when the server has dealt with them.
bool sendSome() {
  int count = min(waiting, MAX_IN_REQUEST);
  String body = "path,timestamp,value\n";
  body.reserve(32 + count * (strlen(SEQUENCE) + 32));
  for (int n = 0; n < count; n++) {
    const Reading &reading = readings[(oldest + n) % CAPACITY];
    char timestamp[24];
    if (byCounter) snprintf(timestamp, sizeof timestamp, "%lld", (long long)reading.taken);
    else strftime(timestamp, sizeof timestamp, "%Y-%m-%dT%H:%M:%SZ", gmtime(&reading.time));
    body += SEQUENCE;
    body += ',';
    body += timestamp;
    body += ',';
    body += String(reading.value, 1);
    body += '\n';
  }

  WiFiClient network;
  HTTPClient http;
  http.setTimeout(10000);
  String url = VALUES_URL;
  if (byCounter) url += String("?boot=") + boot + "&monotonic_now=" + String((unsigned long)counter());
  if (!http.begin(network, url)) return false;
  http.addHeader("Content-Type", "text/csv");
  http.addHeader("Authorization", String("Bearer ") + SECRET_KEY);
  int status = http.POST(body);
  String answer = status > 0 ? http.getString() : http.errorToString(status);
  http.end();
  if (status != 200) {
    Serial.printf("not sent (%d): %s\n", status, answer.c_str());
    return false;
  }
  // A refused reading, of a sequence that doesn't exist for example, would be refused again: it goes too, but not silently.
  if (answer.indexOf("\"refused\":0") < 0) Serial.printf("refused: %s\n", answer.c_str());
  oldest = (oldest + count) % CAPACITY;
  waiting -= count;
  return true;
}

void setup() {
  Serial.begin(115200);
#if defined(ESP8266)
  snprintf(boot, sizeof boot, "%08lx%08lx", (unsigned long)ESP.random(), (unsigned long)ESP.random());
#else
  snprintf(boot, sizeof boot, "%08lx%08lx", (unsigned long)esp_random(), (unsigned long)esp_random());
#endif
  WiFi.mode(WIFI_STA);
  WiFi.setAutoReconnect(true);
  WiFi.begin(WIFI_NAME, WIFI_PASSWORD);
  configTime(0, 0, "pool.ntp.org");
}

void loop() {
  unsigned long now = millis();
  followClock();
  if (lastReading == 0 || now - lastReading >= INTERVAL) {
    lastReading = now;
    int64_t taken = counter();
    keep({taken, clockOffset == 0 ? 0 : (time_t)(taken + clockOffset), measure()});
  }
  if (clockOffset == 0 && counter() > PATIENCE_FOR_NTP) byCounter = true;
  bool canTell = byCounter || clockOffset != 0;
  if (canTell && waiting > 0 && WiFi.status() == WL_CONNECTED && now - lastAttempt >= pauseBetween) {
    lastAttempt = now;
    pauseBetween = sendSome() ? 1000 : min(pauseBetween * 2, LONGEST_PAUSE);
  }
  delay(50);
}
