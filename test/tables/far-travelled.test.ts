/** Times and values in forms that are rarely met, each a sample of a kind: what is sure is read, and the rest is asked for or refused. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { ReadOptions } from '../../src/tables/plan.ts'
import { readTable as read } from '../support/read-table.ts'

const TIMES: Record<string, { times: readonly [string, string]; header?: string; first: string }> = {
  'a day of a week': { times: ['2026-W05-3', '2026-W05-4'], first: '2026-01-27T23:00:00Z' },
  'a day of a week with a clock': { times: ['2026W053T12:30', '2026-W05-3T13:30'], first: '2026-01-28T11:30:00Z' },
  'a week is its Monday, also where that is in the year before': { times: ['2026-W01', '2026-W02'], first: '2025-12-28T23:00:00Z' },
  'a day of the year with a slash': { times: ['2026/034 12:30:00', '2026/034 12:45:00'], first: '2026-02-03T11:30:00Z' },
  'a day of the year with colons': { times: ['2026:034:12:30:00', '2026:034:12:45:00'], first: '2026-02-03T11:30:00Z' },
  'a year and its day in digits': { times: ['2026034', '2026035'], header: 'date', first: '2026-02-02T23:00:00Z' },
  'Julian dates': { times: ['2461051.25', '2461052.25'], header: 'Julian Date', first: '2026-01-10T18:00:00Z' },
  'Julian dates by their abbreviation': { times: ['2461051.0', '2461052.0'], header: 'JD', first: '2026-01-10T12:00:00Z' },
  'modified Julian dates': { times: ['61050.5', '61051.5'], header: 'MJD (UTC)', first: '2026-01-10T12:00:00Z' },
  'years with decimals': { times: ['2026.5', '2026.5001'], header: 'decimal_year', first: '2026-07-02T10:00:00Z' },
  'years with decimals below the name of a year': { times: ['2026.25', '2026.2501'], header: 'Year', first: '2026-04-02T04:00:00Z' },
  'Windows’ file times': { times: ['134132256000000000', '134132256600000000'], first: '2026-01-18T16:00:00Z' },
  'JavaScript’s texts of dates': {
    times: ['Tue Jan 20 2026 10:00:00 GMT+0100 (Central European Standard Time)', 'Tue Jan 20 2026 10:01:00 GMT+0100 (CET)'],
    first: '2026-01-20T09:00:00Z',
  },
  'a log of Apache': { times: ['20/Jan/2026:10:00:00 +0100', '20/Jan/2026:10:01:00 +0100'], first: '2026-01-20T09:00:00Z' },
  'a small z': { times: ['2026/01/20T10:00:00z', '2026/01/20T10:02:00z'], first: '2026-01-20T10:00:00Z' },
  'Excel’s days with few decimals, which are a rounded clock': {
    times: ['46042.4166667', '46042.4173611'],
    header: 'Date',
    first: '2026-01-20T09:00:00Z',
  },
  'an epoch in the header': { times: ['491361', '491362'], header: 'hours since 1970-01-01', first: '2026-01-20T09:00:00Z' },
  'an epoch in the header, without zeros': {
    times: ['27778.5', '27779.5'],
    header: 'time (days since 1950-1-1 0:0:0)',
    first: '2026-01-20T12:00:00Z',
  },
  'a start in the header, by the clock of the place': {
    times: ['0', '60'],
    header: 'seconds since 2026-01-20 10:00:00',
    first: '2026-01-20T09:00:00Z',
  },
}

for (const [kind, { times, header = 'time', first }] of Object.entries(TIMES))
  test(`${kind} is read`, async () => {
    const { rows, columns } = await read(`${header};temp\n${times[0]};1.5\n${times[1]};1.6\n`)
    assert.equal(columns, 'temp')
    assert.deepEqual([rows.length, rows[0]], [2, `${first} 1.5`])
  })

const TABLES: Record<string, { text: string; columns: string; rows: string[]; refused?: string[]; more?: Partial<ReadOptions> }> = {
  'NOAA’s hourly files: a value and the mark of its quality are no decimal comma': {
    text: 'DATE,LATITUDE,TMP,SLP\n2026-01-20T00:51:00,40.77,"+0056,5","10132,5"\n2026-01-20T01:51:00,40.77,"+0050,5","10130,5"\n',
    columns: 'latitude, tmp, slp',
    rows: ['2026-01-19T23:51:00Z 40.77 ! !', '2026-01-20T00:51:00Z 40.77 ! !'],
  },
  'marks of quality alone in quotes': {
    text: 'DATE,TMP\n2026-01-20T00:51:00,"+0056,5"\n2026-01-20T01:51:00,"+0050,5"\n',
    columns: 'tmp',
    rows: ['2026-01-19T23:51:00Z !', '2026-01-20T00:51:00Z !'],
  },
  'marks of sources are no units': {
    text: 'DATE,TMAX,TMAX_ATTRIBUTES\n2026-01-20,56,",,W"\n2026-01-21,57,",,W"\n',
    columns: 'tmax',
    rows: ['2026-01-19T23:00:00Z 56', '2026-01-20T23:00:00Z 57'],
  },
  'Delta-T GP2: units below names, with nothing for the time': {
    text:
      'Dataset name,Run1,,\nDate/Time,SM1,Temp1,Battery\n,%,deg C,V\n' +
      '20/02/2026 12:00:00,31.2,14.5,12.4\n20/02/2026 12:30:00,31.1,14.7,12.4\n',
    columns: 'sm1 %, temp1 °C, battery V',
    rows: ['2026-02-20T11:00:00Z 31.2 14.5 12.4', '2026-02-20T11:30:00Z 31.1 14.7 12.4'],
  },
  'Delta-T DL2e: lines that say what they are': {
    text:
      '"TIMED","01/02","11/02","x"\n"Label","Soil 1","Air T","PAR"\n"Unit","kPa","deg C","umol m-2"\n"Channel",1,2,3\n' +
      '20/02/26 12:00:00,12.5,21.4,350.2\n20/02/26 12:10:00,12.6,21.5,352.2*\n',
    columns: 'soil-1 kPa, air-t °C, par umol m-2',
    rows: ['2026-02-20T11:00:00Z 12.5 21.4 350.2', '2026-02-20T11:10:00Z 12.6 21.5 !'],
    refused: ['4: its time is "Channel", which can’t be read'],
    more: { timeFormat: 'day-first' },
  },
  'Rotronic: tabs between fields whose names have blanks, below lines with fewer': {
    text:
      'HW4 log file\nDevice: HL-NT3\tSN 60123456\nStart: 2026/01/20 10:00:00\tInterval: 00:05:00\n' +
      'Date\tTime\tProbe 1 Humidity [%rh]\tProbe 1 Temperature [°C]\n' +
      '2026/01/20\t10:00:00\t40.12\t21.53\n2026/01/20\t10:05:00\t40.22\t21.55\n',
    columns: 'probe-1-humidity %, probe-1-temperature °C',
    rows: ['2026-01-20T09:00:00Z 40.12 21.53', '2026-01-20T09:05:00Z 40.22 21.55'],
  },
  'HWiNFO: the names again at the end, and a line of devices': {
    text:
      'Date,Time,"Clock [MHz]","CPU [°C]",\n20.1.2026,10:00:00.1,3600.1,45.0,\n20.1.2026,10:00:01.1,3601.1,45.1,\n' +
      'Date,Time,"Clock [MHz]","CPU [°C]",\n,,"CPU [#0]","Board",\n',
    columns: 'clock MHz, cpu °C',
    rows: ['2026-01-20T09:00:00.100000Z 3600.1 45', '2026-01-20T09:00:01.100000Z 3601.1 45.1'],
    refused: ['5: its time is " ", which can’t be read'],
  },
  'of two times the one in UTC': {
    text: 'local_time,utc_time,t\n2026-01-20 05:00:00,2026-01-20 10:00:00,1\n2026-01-20 05:01:00,2026-01-20 10:01:00,2\n',
    columns: 't',
    rows: ['2026-01-20T10:00:00Z 1', '2026-01-20T10:01:00Z 2'],
  },
  'of two times the one at which it was measured': {
    text: 'received_at,measured_at,t\n2026-01-20 11:00:00,2026-01-20 10:00:00,1\n2026-01-20 11:01:00,2026-01-20 10:01:00,2\n',
    columns: 't',
    rows: ['2026-01-20T09:00:00Z 1', '2026-01-20T09:01:00Z 2'],
  },
  'of two times the one that goes on': {
    text: 'serviced at,time,t\n2025-01-20 00:00:00,2026-01-20 10:00:00,1\n2025-01-20 00:00:00,2026-01-20 10:01:00,2\n',
    columns: 't',
    rows: ['2026-01-20T09:00:00Z 1', '2026-01-20T09:01:00Z 2'],
  },
  'a zone in each row, as an abbreviation': {
    text: 'time,tz,t\n2026-03-29 01:30:00,CET,1\n2026-03-29 03:30:00,CEST,2\n2026-03-29 03:31:00,XYZ,3\n2026-03-29 03:32:00,CEST,4\n',
    columns: 't',
    rows: ['2026-03-29T00:30:00Z 1', '2026-03-29T01:30:00Z 2', '2026-03-29T01:32:00Z 4'],
    refused: ['4: its time zone is "XYZ", which is not known'],
  },
  'a zone in each row, as hours ahead': {
    text: 'time,utc_offset,t\n2026-01-20 10:00:00,-5,1\n2026-01-20 10:01:00,5,2\n',
    columns: 't',
    rows: ['2026-01-20T15:00:00Z 1', '2026-01-20T05:01:00Z 2'],
  },
  'a zone in each row, as the name of one place': {
    text: 'time,time zone,t\n2026-01-20 10:00:00,America/New_York,1\n2026-07-20 10:01:00,America/New_York,2\n',
    columns: 't',
    rows: ['2026-01-20T15:00:00Z 1', '2026-07-20T14:01:00Z 2'],
  },
  'one number with the unit that its header has': {
    text: 'time,RH (%),x\n2026-01-20 10:00:00,41.5%,4.5*\n2026-01-20 10:05:00,#N/A,4.6\n',
    columns: 'rh %, x',
    rows: ['2026-01-20T09:00:00Z 41.5 !', '2026-01-20T09:05:00Z  4.6'],
  },
  'numbers as names, of channels': {
    text: 'time,1,2\n2026-01-20 10:00,1.2,3\n2026-01-20 10:05,1.3,4\n',
    columns: '1, 2',
    rows: ['2026-01-20T09:00:00Z 1.2 3', '2026-01-20T09:05:00Z 1.3 4'],
    refused: [],
  },
  'a pressure beside days is no clock': {
    text: 'date,pressure,rain\n2026-01-20,1013,1\n2026-01-21,1014,2\n',
    columns: 'pressure, rain',
    rows: ['2026-01-19T23:00:00Z 1013 1', '2026-01-20T23:00:00Z 1014 2'],
  },
  'a clock in four digits, by its name': {
    text: 'date,clock,rain\n2026-01-20,1013,1\n2026-01-21,1014,2\n',
    columns: 'rain',
    rows: ['2026-01-20T09:13:00Z 1', '2026-01-21T09:14:00Z 2'],
  },
  'a clock in four digits without a name, of days with several rows': {
    text: '2026-01-20,1013,1.5\n2026-01-20,1014,2.5\n',
    columns: 'column-3',
    rows: ['2026-01-20T09:13:00Z 1.5', '2026-01-20T09:14:00Z 2.5'],
  },
  'hours beside days in digits': {
    text: 'date,hour,v\n20260120,5,1\n20260120,23,2\n20260120,24,3\n',
    columns: 'v',
    rows: ['2026-01-20T04:00:00Z 1', '2026-01-20T22:00:00Z 2', '2026-01-20T23:00:00Z 3'],
  },
  'hours beside the day of the year': {
    text: 'year,doy,hour,v\n2026,20,5,1\n2026,20,6,2\n',
    columns: 'v',
    rows: ['2026-01-20T04:00:00Z 1', '2026-01-20T05:00:00Z 2'],
  },
  'digits of a clock beside the day of the year, of the first hour as well': {
    text: 'year,doy,time,v\n2026,20,5,1\n2026,20,600,2\n',
    columns: 'v',
    rows: ['2026-01-19T23:05:00Z 1', '2026-01-20T05:00:00Z 2'],
  },
  'KNMI: names of forms of days, and hours': {
    text: '# STN,YYYYMMDD,   HH,    T\n  260,20260120,    1,   15\n  260,20260120,   24,   14\n',
    columns: 'stn, t',
    rows: ['2026-01-20T00:00:00Z 260 15', '2026-01-20T23:00:00Z 260 14'],
  },
  'the day in three columns, and a clock whose name has a zone': {
    text: 'Year,Month,Day,Time [UTC],Temp\n2026,1,20,10:00,1.5\n2026,1,20,10:10,1.6\n',
    columns: 'temp',
    rows: ['2026-01-20T10:00:00Z 1.5', '2026-01-20T10:10:00Z 1.6'],
  },
  'clocks of France': {
    text: 'Date;Heure;T\n20/01/2026;10h00;21,5\n20/01/2026;9h05;21,6\n',
    columns: 't',
    rows: ['2026-01-20T09:00:00Z 21.5', '2026-01-20T08:05:00Z 21.6'],
  },
  'clocks that say Uhr, and PVGIS’s times': {
    text: 'Zeit;T\n20.01.2026 10:00 Uhr;21,5\n20260120:1010;21,6\n',
    columns: 't',
    rows: ['2026-01-20T09:00:00Z 21.5', '2026-01-20T09:10:00Z 21.6'],
  },
  'AM and PM in a column of their own': {
    text: 'Date,Time,AMPM,Flow\n01/20/2026,10:00,PM,1.2\n01/20/2026,12:15,AM,1.3\n01/20/2026,10:00,,1.4\n',
    columns: 'flow',
    rows: ['2026-01-20T21:00:00Z 1.2', '2026-01-19T23:15:00Z 1.3'],
    refused: ['4: its time is "01/20/2026 10:00", which can’t be read'],
  },
  'AM and PM in a column beside a date with its clock': {
    text: 'When,Half,Flow\n01/20/2026 10:00,p.m.,1.2\n01/20/2026 10:15,a.m.,1.3\n',
    columns: 'flow',
    rows: ['2026-01-20T21:00:00Z 1.2', '2026-01-20T09:15:00Z 1.3'],
  },
  'times that name their place': {
    text: 'time,t\n2026-01-20 10:00:00 America/New_York,1\n2026-07-20 10:01:00 America/New_York,2\n',
    columns: 't',
    rows: ['2026-01-20T15:00:00Z 1', '2026-07-20T14:01:00Z 2'],
  },
  'a zone that is told for one whose name is not sure': {
    text: 'time,t\n2026-01-20 10:00:00 IST,1\n2026-01-20 10:01:00 IST,2\n',
    columns: 't',
    rows: ['2026-01-20T04:30:00Z 1', '2026-01-20T04:31:00Z 2'],
    more: { timeZone: 'Asia/Kolkata' },
  },
  'zones whose names begin as AM and PM do': {
    text: 'time,t\n2026-01-20 10:00:00 AEDT,1\n' + '2026-01-20 10:01:00 ACST,2\n2026-01-20 10:00:00 PST,3\n2026-01-20 10:00:00 PM PST,4\n',
    columns: 't',
    rows: ['2026-01-19T23:00:00Z 1', '2026-01-20T00:31:00Z 2', '2026-01-20T18:00:00Z 3', '2026-01-21T06:00:00Z 4'],
  },
  'a joined file of HOBO whose second part has another zone': {
    text:
      '"Date Time, GMT+01:00",Temp\n2026-01-20 10:00:00,21.5\n"Date Time, GMT+02:00",Temp\n' +
      '2026-01-20 11:02:00,21.7\n2026-01-20 11:03:00,21.8\n',
    columns: 'temp',
    rows: ['2026-01-20T09:00:00Z 21.5'],
  },
  'ERDDAP: units below names, with the zone for the time': {
    text: 'time,sea_water_temperature,depth\nUTC,degree_C,m\n2026-01-20T10:00:00Z,8.1,2\n2026-01-20T11:00:00Z,8.2,2\n',
    columns: 'sea-water-temperature degree_C, depth m',
    rows: ['2026-01-20T10:00:00Z 8.1 2', '2026-01-20T11:00:00Z 8.2 2'],
  },
  'SmartFlux: forms of times and composed units below names': {
    text:
      'DATE\tTIME\tco2_flux\tTs\nyyyy-mm-dd\tHH:MM:SS\tumol/s/m2\tK\n' +
      '2026-01-20\t10:00:00\t1.2\t294.1\n2026-01-20\t10:30:00\t1.3\t294.2\n',
    columns: 'co2-flux umol/s/m2, ts K',
    rows: ['2026-01-20T09:00:00Z 1.2 294.1', '2026-01-20T09:30:00Z 1.3 294.2'],
  },
  'Graphtec: a second line with units, and a name for the time in both': {
    text:
      '"Number","Date&Time","ms","CH1","CH2","Alarm1-10"\n"NO.","Time","ms","degC","V","A1234567890"\n' +
      '1,"2026/01/20 10:00:00","000",+   21.5,+  1.234,"LLLLLLLLLL"\n2,"2026/01/20 10:00:01","500",+   21.6,BURNOUT,"LLLLLLLLLL"\n',
    columns: 'ch1 °C, ch2 V',
    rows: ['2026-01-20T09:00:00Z 21.5 1.234', '2026-01-20T09:00:01.500000Z 21.6 !'],
  },
  'Yokogawa: names that stand twice, told apart by a line above them': {
    text:
      '"Ch.","CH0001","","CH0002",""\n"Tag","Oven","","Room",""\n"Unit","C","","C",""\n"Date Time","Min","Max","Min","Max"\n' +
      '"2026/01/20 10:00:00",21.5,21.6,20.1,20.2\n"2026/01/20 10:00:01",21.5,21.7,20.1,20.2\n',
    columns: 'oven-min, oven-max, room-min, room-max',
    rows: ['2026-01-20T09:00:00Z 21.5 21.6 20.1 20.2', '2026-01-20T09:00:01Z 21.5 21.7 20.1 20.2'],
  },
  'merged cells above names that stand twice': {
    text: 'Zeit;Sonde 1;;Sonde 2;\n;Temp (°C);RH;Temp (°C);RH\n20.01.2026 10:00;21,5;40;22,5;50\n20.01.2026 10:05;21,6;41;22,6;51\n',
    columns: 'sonde-1-temp °C, sonde-1-rh, sonde-2-temp °C, sonde-2-rh',
    rows: ['2026-01-20T09:00:00Z 21.5 40 22.5 50', '2026-01-20T09:05:00Z 21.6 41 22.6 51'],
  },
  'Decagon: units in front of names that stand twice': {
    text: 'EM1\tPort 1\tPort 2\nTime\tm³/m³ VWC\tm³/m³ VWC\n' + '20 Jan 2026 10:00:00 AM\t0.2\t0.3\n20 Jan 2026 10:15:00 AM\t0.2\t***\n',
    columns: 'port-1-vwc m³/m³, port-2-vwc m³/m³',
    rows: ['2026-01-20T09:00:00Z 0.2 0.3', '2026-01-20T09:15:00Z 0.2 '],
  },
  'FLUXNET: the end of a row’s time is no value': {
    text: 'TIMESTAMP_START,TIMESTAMP_END,TA\n202601200000,202601200030,1.5\n202601200030,202601200100,-9999\n',
    columns: 'ta',
    rows: ['2026-01-19T23:00:00Z 1.5', '2026-01-19T23:30:00Z '],
  },
  'ROS: nanoseconds that a number of 64 bits does not hold exactly': {
    text: '%time,seq,t\n1768899600123456789,7,21.5\n1768899601123456789,9,21.6\n',
    columns: 'seq, t',
    rows: ['2026-01-20T09:00:00.123456Z 7 21.5', '2026-01-20T09:00:01.123456Z 9 21.6'],
  },
  'decimal commas before units': {
    text: 'Zeit;Temperatur;Feuchte\n20.01.2026 10:00;21,5 °C;40 %\n20.01.2026 10:10;21,6 °C;41 %\n',
    columns: 'temperatur °C, feuchte %',
    rows: ['2026-01-20T09:00:00Z 21.5 40', '2026-01-20T09:10:00Z 21.6 41'],
  },
  'headers that are units, and numbers of records': {
    text: 'Record #\tDatum\tZeit\t[°C]\t[%RH]\n11\t20.01.2026\t10:00:00\t21,5\tOL\n12\t20.01.2026\t10:10:00\t21,6\t40,2\n',
    columns: 'column-4 °C, column-5 %',
    rows: ['2026-01-20T09:00:00Z 21.5 ', '2026-01-20T09:10:00Z 21.6 40.2'],
  },
  'hexadecimal digits are no powers of ten': {
    text: 'time,raw,t\n2026-01-20 10:00,1E5,1\n2026-01-20 10:01,A3,2\n',
    columns: 't',
    rows: ['2026-01-20T09:00:00Z 1', '2026-01-20T09:01:00Z 2'],
  },
}

for (const [kind, { text, columns, rows, refused, more }] of Object.entries(TABLES))
  test(kind, async () => {
    const found = await read(text, more)
    assert.deepEqual([found.columns, found.rows], [columns, rows])
    if (refused) assert.deepEqual(found.refused, refused)
  })

test('zones of rows that are not known are told', async () => {
  const { notes } = await read('time,tz,t\n2026-01-20 10:00:00,Europe/Berlin,1\n2026-01-20 10:01:00,Asia/Tokyo,2\n')
  assert.match(notes, /"tz" names the time zone "Europe\/Berlin" and "Asia\/Tokyo", which is not taken/)
})

const REFUSED: Record<string, { text: string; words: RegExp }> = {
  'hours or digits of a clock': { text: 'date,time,v\n20260120,5,1\n20260120,6,2\n', words: /may hold hours, or digits of a clock/ },
  'a clock beside a day that can’t be read': {
    text: 'date,time,v\n2026-01-20,25:00:00,1\n2026-01-21,26:00:00,2\n',
    words: /"25:00:00" can't be read as one/,
  },
  'a zone whose name is not sure': {
    text: 'time,t\n2026-07-20 10:00:00 BST,1\n2026-07-20 10:01:00 BST,2\n',
    words: /name the zone "BST".*--time-zone/,
  },
  'a table of fixed widths with gaps': {
    text: 'DATE TIME TEMP RH WIND\n2026-01-20 10:00:00 21.5 40\n2026-01-20 10:05:00 21.6 3.2\n2026-01-20 10:10:00 21.7 42 3.3\n',
    words: /between blanks nothing tells which ones are missing/,
  },
  'a time that Excel rounded': { text: 'time,v\n1.7689E+12,21.5\n1.7690E+12,21.6\n', words: /no plausible time/ },
  'half days that can’t be joined': {
    text: 'Year,Month,Day,Hour,Half,v\n2026,1,20,10,PM,1\n2026,1,20,11,PM,2\n',
    words: /"Half" tells AM and PM/,
  },
  'a count is no Julian date': { text: 'time,t\n2461051,1\n2461052,2\n', words: /looks like a count/ },
  'a count is no modified Julian date': { text: 'time,t\n55000,1\n55010,2\n', words: /looks like a count/ },
  'barycentric times are no clock’s': { text: 'BJD_TDB,t\n2461051.1,1\n2461052.1,2\n', words: /looks like a count/ },
  'whole years are years': { text: 'year,rain\n2021,630.5\n2022,631.5\n', words: /looks like a year/ },
  'a week that the year does not have': { text: 'time,t\n2026-W54-1,1\n2026-W55-1,2\n', words: /No column of times/ },
  'hours in the line of names': { text: 'Date,00:00,01:00\n2026-01-20,1.5,1.6\n2026-01-21,1.5,1.6\n', words: /Write a row for each time/ },
  'a table on its side': { text: 'time,2026-01-20 10:00,2026-01-20 10:05\ntemp,21.5,21.6\nrh,40,41\n', words: /lies on its side/ },
}

const OTHERS: Record<string, string> = {
  MDF: 'MDF     3.30    TGT 15.0\0\0\0',
  EDF: `0       ${'X X X X'.padEnd(80)}${'Startdate 20-JAN-2026'.padEnd(80)}20.01.2610.00.00256     EDF+C  1  1`,
  DIAdem: 'DIAEXTENDED  {@:ENGLISH\n#BEGINGLOBALHEADER\n1,WINDOWS 32Bit\n',
  Feather: 'ARROW1\0\0',
  NEM12: '100,NEM12,202601210000,MDP,RETAILER\n200,NMI1234567,E1,1,E1,N1,METER,KWH,30,\n300,20260120,1.1,1.2,A,,,20260121000000,\n',
  FITS: 'SIMPLE  =                    T / conforms to FITS standard    BITPIX  =                    8',
  GRIB: 'GRIB\0\0\u0001\u0002',
  sound: 'RIFF$\0\0\0WAVEfmt ',
}

for (const [kind, text] of Object.entries(OTHERS))
  test(`what is no table is named as what it is: ${kind}`, async () => {
    await assert.rejects(read(text), new RegExp(`The file is no table, but .*${kind}`))
  })

for (const [kind, { text, words }] of Object.entries(REFUSED))
  test(`${kind}: refused with words`, async () => {
    await assert.rejects(read(text), words)
  })

test('points that may part thousands are told where days are written with points', async () => {
  const { notes } = await read('time;t\n20.01.2026 10:00;1.234\n20.01.2026 10:01;2.345\n')
  assert.match(notes, /If the points part thousands/)
})

test('names that stand over other columns than theirs are told', async () => {
  const { notes } = await read('temp,time,rh\n2026-01-20 10:00:00,21.5,40\n2026-01-20 10:05:00,21.6,41\n')
  assert.match(notes, /The times stand below "temp", and numbers below "time"/)
})
