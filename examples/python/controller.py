#!/usr/bin/env python3
"""A controller in Python, with nothing but the standard library.

Takes a reading every second and sends the readings of ten seconds in one request, each with the time at which it was
taken. While the server or the network is away they wait in memory, up to a day of them, and are sent when it is back.
Sending one twice does no harm: the server knows it by its time. When the clock is set while readings wait, as on a machine
that boots without one, their times move along, so that they arrive with the times at which they were really taken.
A machine whose clock is not set when it first sends (or never right: --no-clock) sends what a counter showed, which nobody
sets, and the server's clock makes times of that.

    export RHIZO_SERVER_NAME=127.0.0.1:5000 RHIZO_SECRET_KEY=...    # rhizo key create --controller /lab/shelf
    ./controller.py --interval 1 --batch 10
"""

import argparse
import base64
import collections
import datetime
import json
import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

MAX_WAITING = 200_000  # readings kept in memory; the oldest go first
MAX_IN_REQUEST = 10_000
LONGEST_PAUSE = 60  # seconds between attempts while the server is away
CLOCK_TOLERANCE = 2  # seconds: a smaller step is the slow correction that keeps clocks right
CLOCK_IS_SET = 1_700_000_000  # November 2023: a clock that shows less was never set
BOOT = uuid.uuid4().hex  # what the counter counts from, for the server: readings wait in memory, so this run is all that it has to tell apart


class Server:
    """The calls of rhizo's HTTP API that a controller needs."""

    def __init__(self, name, key, secure):
        self.base = f"{'https' if secure else 'http'}://{name}/api/v1"
        self.authorization = "Basic " + base64.b64encode(f"controller.py:{key}".encode()).decode()

    def ask(self, method, path, parameters=None, body=None):
        """Returns the answer's JSON. Raises urllib.error.HTTPError when the server refuses, OSError when it is away."""
        headers = {"Authorization": self.authorization}
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        elif parameters is not None:
            data = urllib.parse.urlencode(parameters).encode()
        request = urllib.request.Request(self.base + path, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())

    def own_folder(self):
        return self.ask("GET", "/resources/self?meta=1")["path"]

    def create_sequence(self, folder, name, units, decimal_places):
        """Creating one that exists changes nothing."""
        self.ask("POST", "/resources", {
            "path": folder, "name": name, "type": "sequence", "data_type": 1, "units": units,
            "decimal_places": decimal_places, "min_storage_interval": 0,
        })

    def store(self, readings, by_counter):
        counted = f"?boot={BOOT}&monotonic_now={time.monotonic():.6f}" if by_counter else ""
        return self.ask("POST", "/sequences/values" + counted, body=readings)


def measure():
    """Yields (name, value). Put your sensors here."""
    yield "load", round(os.getloadavg()[0], 2)
    disk = os.statvfs("/")
    yield "free_space", disk.f_bavail * disk.f_frsize


SEQUENCES = {"load": ("", 2), "free_space": ("bytes", 0)}


def text_of(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def clock_offset():
    """What the clock shows beyond the counter that nobody sets: it changes when the clock is set."""
    return time.time() - time.monotonic()


class Controller:
    def __init__(self, server, batch, has_clock=True):
        self.server = server
        self.batch = batch  # seconds of readings in one request
        self.has_clock = has_clock
        self.by_counter = None  # decided by the first request, for all: what is sent again has to come to the same time
        self.waiting = collections.deque(maxlen=MAX_WAITING)
        self.folder = None
        self.pause = 1
        self.next_attempt = 0.0
        self.size = MAX_IN_REQUEST  # readings in the next request
        self.offset = clock_offset()

    def take_reading(self):
        self.follow_clock()
        taken, counted = time.time(), time.monotonic()
        for name, value in measure():
            self.waiting.append((name, taken, counted, value))

    def follow_clock(self):
        """Moves what waits by as much as the clock was set meanwhile."""
        offset = clock_offset()
        jump = offset - self.offset
        self.offset = offset
        if abs(jump) < CLOCK_TOLERANCE or not self.waiting:
            return
        if not self.by_counter:
            print(f"the clock was set by {jump:.0f} s: {len(self.waiting)} readings that wait move along", file=sys.stderr)
        self.waiting = collections.deque(
            ((name, taken + jump, counted, value) for name, taken, counted, value in self.waiting), maxlen=MAX_WAITING
        )

    def prepare(self):
        """Finds out which folder is ours and makes what is missing in it."""
        folder = self.server.own_folder()
        for name, (units, decimal_places) in SEQUENCES.items():
            self.server.create_sequence(folder, name, units, decimal_places)
        self.folder = folder

    def row(self, name, taken, counted, value):
        return {"path": f"{self.folder}/{name}", "timestamp": round(counted, 6) if self.by_counter else text_of(taken), "value": value}

    def send(self):
        """Sends all that waits; returns whether the server has it."""
        self.follow_clock()
        try:
            if self.folder is None:
                self.prepare()
            if self.by_counter is None:
                self.by_counter = not self.has_clock or time.time() < CLOCK_IS_SET
                if self.by_counter:
                    print("this machine's clock is not set: readings get their times by its counter and the server's clock", file=sys.stderr)
            while self.waiting:
                first = [self.waiting[at] for at in range(min(len(self.waiting), self.size))]
                try:
                    answer = self.server.store([self.row(*reading) for reading in first], self.by_counter)
                except urllib.error.HTTPError as error:
                    if error.code not in (400, 413, 422):
                        raise
                    # It would be refused each time. Smaller requests find the reading at fault, which goes, so that the others arrive.
                    if len(first) > 1:
                        self.size = len(first) // 2
                        continue
                    answer = {"refused": 1, "errors": [{"reading": str(first[0]), "message": error.read().decode(errors="replace")}]}
                self.size = min(self.size * 2, MAX_IN_REQUEST)
                # No reading is taken while we wait for an answer, so what was sent is still at the left end.
                for _ in first:
                    self.waiting.popleft()
                if answer.get("refused"):
                    print(f"refused: {json.dumps(answer)}", file=sys.stderr)
        except urllib.error.HTTPError as error:
            reason = error.read().decode(errors="replace")
            print(f"the server says {error.code}: {reason}", file=sys.stderr)
        except OSError as error:
            print(f"the server is away ({error}); {len(self.waiting)} readings wait", file=sys.stderr)
        else:
            self.pause = 1
            self.next_attempt = time.monotonic() + self.batch
            return True
        self.next_attempt = time.monotonic() + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE)
        return False

    def run(self, interval, count, stop):
        """Takes `count` readings (0: without end) until `stop` is set; returns whether all have arrived."""
        taken = 0
        self.next_attempt = time.monotonic() + self.batch
        while not stop.is_set():
            self.take_reading()
            taken += 1
            if count and taken >= count:
                break
            if time.monotonic() >= self.next_attempt:
                self.send()
            stop.wait(interval)
        return self.send()


def main():
    parser = argparse.ArgumentParser(description="Sends readings of this machine to rhizo.")
    parser.add_argument("--interval", type=float, default=1, help="seconds from one reading to the next (1)")
    parser.add_argument("--batch", type=float, default=10, help="seconds of readings in one request (10)")
    parser.add_argument("--count", type=int, default=0, help="end after so many readings; 0: never (0)")
    parser.add_argument("--no-clock", action="store_true", help="this machine's clock is never right: go by the server's")
    arguments = parser.parse_args()
    key = os.environ.get("RHIZO_SECRET_KEY")
    if not key:
        parser.error("RHIZO_SECRET_KEY is not set: the key of this controller")
    secure = os.environ.get("RHIZO_SECURE_SERVER", "false").lower() == "true"
    server = Server(os.environ.get("RHIZO_SERVER_NAME", "127.0.0.1:5000"), key, secure)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return 0 if Controller(server, arguments.batch, not arguments.no_clock).run(arguments.interval, arguments.count, stop) else 1


if __name__ == "__main__":
    sys.exit(main())
