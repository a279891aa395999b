#!/usr/bin/env python3
"""Reads and writes a rhizo server's values from Python: one file to copy, nothing but the standard library; pandas where it is there.

    from rhizo import Server

    lab = Server("127.0.0.1:5000", key)                 # or RHIZO_SERVER_NAME, RHIZO_SECRET_KEY, RHIZO_SECURE_SERVER
    lab.update("/lab/fridge/temperature", 4.5)          # durable when it returns
    for time, value in lab.values("/lab/fridge/temperature", start="7d"):
        print(time.isoformat(), value)
    frame = lab.frame("/lab/fridge/temperature", "/lab/freezer/temperature", start="2026-01-01", interval="1h")   # pandas

Times are datetimes with a time zone, or text as the server takes it: 2026-01-31T12:00:00Z, 2026-01-31, or 7d for seven days ago.
"""

import base64
import csv
import datetime
import io
import json
import os
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request

UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "y": 31_536_000}
MAX_IN_REQUEST = 10_000


class Refused(Exception):
    """The server said no. `status` is that of HTTP; the text is the server's sentence; `errors` has those of single values."""

    def __init__(self, status, message, errors=()):
        super().__init__(message)
        self.status = status
        self.errors = list(errors)


class Server:
    """A rhizo server, with a key of a user or a controller."""

    def __init__(self, name=None, key=None, secure=None, ca_file=None, timeout=60):
        """`name` is host:port, `secure` says https, and `ca_file` names the server's certificate where it signed itself."""
        name = name or os.environ.get("RHIZO_SERVER_NAME", "127.0.0.1:5000")
        key = key or os.environ.get("RHIZO_SECRET_KEY")
        if not key:
            raise ValueError("There is no key: give one, or set RHIZO_SECRET_KEY.")
        if secure is None:
            secure = os.environ.get("RHIZO_SECURE_SERVER", "").lower() in ("true", "1", "yes")
        self.base = f"{'https' if secure else 'http'}://{name}/api/v1"
        self.timeout = timeout
        self._authorization = "Basic " + base64.b64encode(f"rhizo.py:{key}".encode()).decode()
        self._context = ssl.create_default_context(cafile=ca_file) if secure else None

    def open(self, method, path, query=None, body=None, content_type="application/json"):
        """The answer of a request below /api/v1, to be read and closed. Raises Refused, or OSError when the server is away."""
        query = [(name, value) for name, value in (query or []) if value is not None]
        address = self.base + path + ("?" + urllib.parse.urlencode(query) if query else "")
        headers = {"Authorization": self._authorization}
        if body is not None:
            headers["Content-Type"] = content_type
        request = urllib.request.Request(address, data=body, headers=headers, method=method)
        try:
            return urllib.request.urlopen(request, timeout=self.timeout, context=self._context)
        except urllib.error.HTTPError as error:
            with error:
                text = error.read(100_000).decode("utf-8", "replace")
            try:
                text = json.loads(text)["message"]
            except (ValueError, KeyError, TypeError):
                pass
            raise Refused(error.code, text) from None

    def update(self, path, value, time=None):
        """Stores one value; it is durable when this returns."""
        self.update_many([(path, time or datetime.datetime.now(datetime.timezone.utc), value)])

    def update_many(self, rows):
        """Stores rows of (path, time, value), each at its time; again does no harm. Returns how many were stored.

        Raises Refused after all were sent when the server took some of them not; the others are stored.
        """
        count = 0
        waiting = []
        errors = []
        for path, time, value in rows:
            waiting.append({"path": path, "timestamp": _text_of(time), "value": value})
            count += 1
            if len(waiting) == MAX_IN_REQUEST:
                errors += self._send(waiting)
                waiting = []
        if waiting:
            errors += self._send(waiting)
        if errors:
            raise Refused(200, f"{len(errors)} of {count} values were refused: {errors[0]['message']}", errors)
        return count

    def _send(self, rows):
        """Returns what was refused."""
        with self.open("POST", "/sequences/values", body=json.dumps(rows).encode()) as answer:
            return json.load(answer).get("errors", [])

    def values(self, path, start=None, end=None):
        """Yields (time, value) of a sequence, oldest first, while they are read."""
        for row in self._rows([path], start, end, None, "long"):
            text = row["value"]
            try:
                yield parse_time(row["timestamp"]), float(text)
            except ValueError:
                yield parse_time(row["timestamp"]), text

    def frame(self, *paths, start=None, end=None, interval=None):
        """A pandas DataFrame: a column for each sequence, a row for each time, or for each interval (its means)."""
        import pandas

        with self._export(paths, start, end, interval, "wide") as answer:
            frame = pandas.read_csv(answer)
        time = frame.columns[0]
        frame[time] = pandas.to_datetime(frame[time], utc=True, format="ISO8601")
        return frame.set_index(time)

    def _export(self, paths, start, end, interval, layout):
        query = [("path", path) for path in paths]
        query += [("start_timestamp", _text_of(start)), ("end_timestamp", _text_of(end))]
        query += [("interval", interval), ("fields", "mean" if interval else None)]
        return self.open("GET", "/exports", query + [("layout", layout), ("format", "csv")])

    def _rows(self, *how):
        with self._export(*how) as answer:
            yield from csv.DictReader(io.TextIOWrapper(answer, encoding="utf-8-sig", newline=""))


def parse_time(text):
    """A datetime of 2026-01-31T12:00:00.5Z."""
    match = re.match(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:Z|\+00:00)?$", text)
    if not match:
        raise ValueError(f"{text!r} is no time")
    date, clock, fraction = match.groups()
    found = datetime.datetime.strptime(f"{date}T{clock}", "%Y-%m-%dT%H:%M:%S")
    return found.replace(microsecond=int((fraction or "0").ljust(6, "0")), tzinfo=datetime.timezone.utc)


def _text_of(time):
    """What the server takes. A duration, as 7d, is that long ago."""
    if time is None:
        return None
    if isinstance(time, str):
        ago = re.match(r"(\d+)([smhdwy])$", time)
        if not ago:
            return time
        time = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=int(ago[1]) * UNITS[ago[2]])
    if time.tzinfo is None:
        raise ValueError("A time needs a time zone: datetime.now(timezone.utc)")
    return time.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


if __name__ == "__main__":
    import sys

    for when, what in Server().values(sys.argv[1], start=sys.argv[2] if len(sys.argv) > 2 else "1d"):
        print(when.isoformat(), what, sep="\t")
