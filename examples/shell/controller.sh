#!/bin/sh
# A controller in shell: measures this machine's load and free disk space and sends them to rhizo with curl.
#
# Readings go to a file first and leave it when the server has confirmed them, so nothing is lost while the server or the
# network is away, nor when this machine restarts. Sending the same reading twice does no harm: its time identifies it.
#
#   RHIZO_SERVER_NAME   host:port                        (127.0.0.1:5000)
#   RHIZO_SECRET_KEY    the controller's key, from: rhizo key create --controller /lab/shelf
#   RHIZO_SECURE_SERVER true: use https                  (false)
#   FOLDER              the controller's folder, for example /lab/shelf
#   INTERVAL            seconds from one reading to the next   (10)
#   COUNT               end after so many readings; 0: never   (0)
#   SPOOL               the file that readings wait in   (./spool.csv)
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

measure() {
  now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  load=$(uptime | sed 's/.*average[s]*: *//; s/, .*//; s/ .*//; s/,/./')
  free=$(df -Pk . | awk 'NR == 2 { printf "%.0f", $4 * 1024 }')
  printf '%s,%s,%s\n' "$FOLDER/load" "$now" "$load" "$FOLDER/free_space" "$now" "$free" >>"$spool"
}

# Sends what waits, at most 10,000 lines at a time, and takes it out of the file when the server has it.
send() {
  while [ -s "$spool" ]; do
    { echo path,timestamp,value; head -n 10000 "$spool"; } >"$spool.part"
    answer=$(ask --header 'Content-Type: text/csv' --data-binary "@$spool.part" "$api/sequences/values") || { echo "not sent, trying again later: $answer" >&2; return 1; }
    case $answer in
      *'"refused":0'*) ;;
      *) echo "refused: $answer" >&2 ;;
    esac
    tail -n +10001 "$spool" >"$spool.part"
    mv "$spool.part" "$spool"
  done
}

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
