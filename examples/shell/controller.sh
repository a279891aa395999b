#!/bin/sh
# A controller in shell: measures this machine's load and free disk space and sends them to rhizo with curl.
#
# Readings go to a file first and leave it when the server has confirmed them, so nothing is lost while the server or the
# network is away, nor when this machine restarts. Sending the same reading twice does no harm: its time identifies it.
# What a power cut left of a line, and what the server refuses for good, goes to $SPOOL.aside, so that it stops nothing behind it.
# Each reading remembers its boot of the machine, and what the clock showed beyond the counter of seconds since then, which nobody sets:
# when the clock is set while readings wait, as on a machine that boots without one, their times move along.
# A machine whose clock is not set when it sends (or never right: HAS_CLOCK=false) sends that counter until its next boot, and the server's
# clock makes times of it. What it measured in an earlier boot without a clock has no time that anybody knows, and goes to $SPOOL.aside.
#
#   RHIZO_SERVER_NAME   host:port                        (127.0.0.1:5000)
#   RHIZO_SECRET_KEY    the controller's key, from: rhizo key create --controller /lab/shelf
#   RHIZO_SECURE_SERVER true: use https                  (false)
#   FOLDER              the controller's folder, for example /lab/shelf
#   INTERVAL            seconds from one reading to the next   (10)
#   COUNT               end after so many readings; 0: never   (0)
#   SPOOL               the file that readings wait in   (./spool.csv)
#   HAS_CLOCK           false: this machine's clock is never right   (true)
set -eu

: "${RHIZO_SECRET_KEY:?is not set: the key of this controller}"
: "${FOLDER:?is not set: the folder of this controller, for example /lab/shelf}"
server=${RHIZO_SERVER_NAME:-127.0.0.1:5000}
interval=${INTERVAL:-10}
count=${COUNT:-0}
spool=${SPOOL:-./spool.csv}
scheme=http
[ "${RHIZO_SECURE_SERVER:-false}" = true ] && scheme=https
api=$scheme://$server/api/v1

# The key goes to curl by its standard input, since arguments can be read by everybody on the machine.
ask() {
  printf 'user = "controller.sh:%s"\n' "$RHIZO_SECRET_KEY" | curl --config - --silent --show-error --fail-with-body --max-time 30 "$@"
}

# Creating one that exists is answered with 200 and changes nothing.
create_sequence() {
  answer=$(ask --data-urlencode "path=$FOLDER" --data-urlencode "name=$1" --data type=sequence --data data_type=1 \
    --data-urlencode "units=$2" --data decimal_places="$3" --data min_storage_interval=0 "$api/resources") || { echo "$FOLDER/$1 could not be made: $answer" >&2; return 1; }
}

boot=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null || true)
# November 2023: a clock that shows less was never set.
clock_is_set=1700000000

# What the clock shows beyond the seconds since the boot. Without both of them times stay as they were taken.
clock_offset() {
  [ -n "$boot" ] || return 0
  IFS='. ' read -r seconds _ </proc/uptime
  echo $(($1 - seconds))
}

measure() {
  now=$(date -u +%s)
  offset=$(clock_offset "$now")
  load=$(uptime | sed 's/.*average[s]*: *//; s/, .*//; s/ .*//; s/,/./')
  free=$(df -Pk . | awk 'NR == 2 { printf "%.0f", $4 * 1024 }')
  printf '%s,%s,%s,%s,%s\n' "$FOLDER/load" "$now" "$load" "$boot" "$offset" "$FOLDER/free_space" "$now" "$free" "$boot" "$offset" >>"$spool"
}

# A line as `measure` writes it: path, seconds since 1970, value, boot, offset of the clock; the last two may be missing, and the time may be text.
whole='^/[^,]+,([0-9]+|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z),[^,]*(,[0-9a-f-]*,-?[0-9]*)?$'

# Whether times are told by the counter, which is then so until the next boot: what is sent again has to come to the same time.
by_counter() {
  [ -n "$boot" ] || return 1
  [ "$(cat "$spool.counted" 2>/dev/null)" != "$boot" ] || return 0
  if [ "${HAS_CLOCK:-true}" = true ] && [ "$(date -u +%s)" -ge "$clock_is_set" ]; then return 1; fi
  echo "$boot" >"$spool.counted"
  echo "the clock is not set: readings get their times by a counter and the server's clock" >&2
}

# Of lines as they wait, what the server takes when times are told by the counter of this boot.
for_server_counted() {
  echo path,timestamp,value
  awk -F, '{ print $1 "," $2 - $5 "," $3 }'
}

# Takes out of the file what has no time: it was measured in another boot, by a clock that was never set.
put_timeless_aside() {
  awk -F, -v boot="$boot" -v set="$clock_is_set" -v trusted="${HAS_CLOCK:-true}" -v aside="$spool.aside" '
    NF == 5 && $4 != boot && ($2 < set || trusted != "true") { print $0 ",measured in an earlier boot without a clock" >>aside; next }
    { print }' "$spool" >"$spool.good"
  cmp -s "$spool.good" "$spool" || echo "readings of an earlier boot without a clock were put aside: $spool.aside" >&2
  mv "$spool.good" "$spool"
}

# Of lines as they wait, what the server takes. A step of the clock of less than two seconds is how it is kept right.
for_server() {
  echo path,timestamp,value
  awk -F, -v boot="$boot" -v offset="$(clock_offset "$(date -u +%s)")" '
    { time = $2 }
    NF == 5 && boot != "" && $4 == boot && (offset - $5 >= 2 || offset - $5 <= -2) { time = sprintf("%.0f", $2 + offset - $5) }
    { print $1 "," time "," $3 }'
}

# Takes out of the file what is no such line. Zeros, which a power cut leaves in place of text, become question marks.
put_damaged_aside() {
  [ -s "$spool" ] || return 0
  LC_ALL=C tr '\000' '?' <"$spool" >"$spool.part"
  # A last line without its end is only the beginning of one.
  [ -z "$(tail -c 1 "$spool.part")" ] || echo ',cut short' >>"$spool.part"
  if LC_ALL=C grep -Ev "$whole" "$spool.part" >>"$spool.aside"; then
    echo "damaged lines were put aside: $spool.aside" >&2
    LC_ALL=C grep -E "$whole" "$spool.part" >"$spool.good" || true
    mv "$spool.good" "$spool"
  fi
}

# Sends what waits, at most 10,000 lines at a time, and takes it out of the file when the server has it. Of lines that the server refuses
# whatever happens (400, 413, 422), smaller parts find the one at fault.
send() {
  lines=10000
  while [ -s "$spool" ]; do
    address=$api/sequences/values
    if by_counter; then
      put_timeless_aside
      [ -s "$spool" ] || return 0
      head -n "$lines" "$spool" | for_server_counted >"$spool.part"
      IFS='. ' read -r seconds _ </proc/uptime
      address="$address?boot=$boot&monotonic_now=$seconds"
    else
      head -n "$lines" "$spool" | for_server >"$spool.part"
    fi
    sent_lines=$(($(wc -l <"$spool.part") - 1))
    if answer=$(ask --write-out ' (HTTP %{http_code})' --header 'Content-Type: text/csv' --data-binary "@$spool.part" "$address" 2>&1); then
      case $answer in
        *'"refused":0'*) ;;
        *) echo "refused: $answer" >&2 ;;
      esac
    else
      case $answer in
        *'(HTTP 400)'* | *'(HTTP 413)'* | *'(HTTP 422)'*) ;;
        *) echo "not sent, trying again later: $answer" >&2; return 1 ;;
      esac
      if [ "$sent_lines" -gt 1 ]; then
        lines=$((sent_lines / 2))
        continue
      fi
      echo "refused, and put aside in $spool.aside: $answer" >&2
      head -n 1 "$spool" >>"$spool.aside"
    fi
    tail -n "+$((sent_lines + 1))" "$spool" >"$spool.part"
    mv "$spool.part" "$spool"
    [ "$lines" -ge 10000 ] || lines=$((lines * 2))
  done
}

put_damaged_aside
ready=false
taken=0
while :; do
  measure
  taken=$((taken + 1))
  if [ $ready = false ] && create_sequence load '' 2 && create_sequence free_space bytes 0; then ready=true; fi
  sent=false
  if [ $ready = true ] && send; then sent=true; fi
  if [ "$count" -gt 0 ] && [ "$taken" -ge "$count" ]; then break; fi
  sleep "$interval"
done
# With a count, the exit code tells whether everything has arrived.
[ $sent = true ]
