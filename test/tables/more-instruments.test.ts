/** Tables as other instruments, services and programs write them: each a sample of a kind. The clock stands at 2026-08-01. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { readTable as read } from '../support/read-table.ts'

const TABLES: Record<string, { text: string; columns: string; rows: string[]; refused?: string[] }> = {
  'a multiplexer of SCPI: an overload is no reading, milliseconds behind a colon': {
    text:
      'Scan,Time,101 <TC1> (C),102 <TC2> (C)\n1,3/14/2026 10:00:00:123,21.5,+9.90000000E+37\n2,3/14/2026 10:00:10:123,-9.9E+37,22.5\n' +
      '3,3/14/2026 10:00:20:124,9.91E37,9.8E37\n',
    columns: '101-tc1 °C, 102-tc2 °C',
    rows: ['2026-03-14T09:00:00.123000Z 21.5 ', '2026-03-14T09:00:10.123000Z  22.5', '2026-03-14T09:00:20.124000Z  9.8e+37'],
  },
  'Aranet: the header says which number is the day': {
    text: 'Time(dd/mm/yyyy),Carbon dioxide(ppm)\n03/02/2026 12:00:00 PM,612\n03/02/2026 12:05:00 PM,620\n',
    columns: 'carbon-dioxide ppm',
    rows: ['2026-02-03T11:00:00Z 612', '2026-02-03T11:05:00Z 620'],
  },
  'a header that says the month comes first, and rows that leave it open': {
    text: 'Date [MM/DD/YY] Time,Level (m)\n03/02/26 12:00,1.5\n03/03/26 12:00,1.6\n',
    columns: 'level m',
    rows: ['2026-03-02T11:00:00Z 1.5', '2026-03-03T11:00:00Z 1.6'],
  },
  'a header whose order the rows contradict': {
    text: 'Time (mm/dd/yyyy),Level (m)\n03/02/2026 12:00,1.5\n14/02/2026 12:00,1.6\n',
    columns: 'level m',
    rows: ['2026-02-03T11:00:00Z 1.5', '2026-02-14T11:00:00Z 1.6'],
  },
  'Victron: the zone of a place in the header, names and units below it': {
    text:
      'timestamp,Battery Monitor [256],Solar Charger [258]\nAmerica/New_York (-05:00),Voltage,PV power\n,V,W\n' +
      '2026-01-10 10:00:00,52.1,120\n2026-07-10 10:15:00,52.2,\n',
    columns: 'voltage V, pv-power W',
    rows: ['2026-01-10T15:00:00Z 52.1 120', '2026-07-10T14:15:00Z 52.2 '],
  },
  'clocks with points, as Finland, Denmark and Italy write them': {
    text: 'Aika;Arvo\n3.2.2026 10.00.00;1,5\n3.2.2026 10.05.30;1,6\n',
    columns: 'arvo',
    rows: ['2026-02-03T09:00:00Z 1.5', '2026-02-03T09:05:30Z 1.6'],
  },
  'clocks with points in a column of their own': {
    text: 'Data;Ora;Temp (°C)\n14/02/2026;9.05.30;1,5\n14/02/2026;9.10.30;1,6\n',
    columns: 'temp °C',
    rows: ['2026-02-14T08:05:30Z 1.5', '2026-02-14T08:10:30Z 1.6'],
  },
  'PurpleAir: units behind underscores, and Fahrenheit, which is no farad': {
    text:
      'created_at,PM2.5_CF1_ug/m3,Temperature_F,Humidity_%,Dewpoint (F),C1 (F)\n' +
      '2026-02-03 10:00:16 UTC,8.2,75,33,50,0.001\n2026-02-03 10:02:16 UTC,8.3,75,33,50,0.001\n',
    columns: 'pm2.5-cf1 ug/m3, temperature °F, humidity %, dewpoint °F, c1 F',
    rows: ['2026-02-03T10:00:16Z 8.2 75 33 50 0.001', '2026-02-03T10:02:16Z 8.3 75 33 50 0.001'],
  },
  'HOBOlink: sensors in brackets, units between commas, lines counted': {
    text:
      'Line#,Date,"Temperature (RXW-TMB 20123456:20123450-1), °C, North bed","RH (RXW-THC 20123457:20123450-2), %, North bed"\n' +
      '1,06/20/26 13:00:00,21.5,55.1\n2,06/20/26 13:05:00,,55.0\n',
    columns: 'temperature-north-bed °C, rh-north-bed %',
    rows: ['2026-06-20T11:00:00Z 21.5 55.1', '2026-06-20T11:05:00Z  55'],
  },
  'METER ZL6: units before the names, two lines above': {
    text:
      'z6-12345,Port1,Port1,Port7\n"Records: 2",TEROS 12,TEROS 12,Battery\n' +
      'Timestamps, m³/m³ Water Content, °C Soil Temperature, % Battery Percent\n' +
      '2026-06-20 12:00:00,0.231,17.4,100\n2026-06-20 12:15:00,#N/A,17.5,100\n',
    columns: 'water-content m³/m³, soil-temperature °C, battery-percent %',
    rows: ['2026-06-20T10:00:00Z 0.231 17.4 100', '2026-06-20T10:15:00Z  17.5 100'],
  },
  'Sensirion: Unix times beside local ones': {
    text:
      '# EdfVersion=4.0\n# Type=float,format=.4\nEpoch_UTC\tLocal_Date_Time\tT_SHT45\n' +
      '1781953200.123\t2026-06-20T04:00:00.123\t23.45\n1781953201.123\t2026-06-20T04:00:01.123\t23.46\n',
    columns: 't-sht45',
    rows: ['2026-06-20T11:00:00.123000Z 23.45', '2026-06-20T11:00:01.123000Z 23.46'],
  },
  'Netatmo: a small table above the one that matters': {
    text:
      'Name;Long;Lat;ModuleName;ModuleType\n"Lab";8.5;47.3;"Indoor";Indoor\n' +
      'Timestamp;"Timezone : Europe/Berlin";Temperature;Humidity;CO2\n' +
      '1781953200;"2026/06/20 13:00:00";21.5;55;612\n1781953500;"2026/06/20 13:05:00";21.6;54;615\n',
    columns: 'temperature, humidity, co2',
    rows: ['2026-06-20T11:00:00Z 21.5 55 612', '2026-06-20T11:05:00Z 21.6 54 615'],
  },
  'Airthings: units behind a blank': {
    text:
      'recorded;RADON_SHORT_TERM_AVG Bq/m3;TEMP °C;PRESSURE hPa;CO2 ppm\n' +
      '2026-06-20T13:00:00;;21.5;1013.2;612\n2026-06-20T14:00:00;45;21.6;1013.1;615\n',
    columns: 'radon-short-term-avg Bq/m3, temp °C, pressure hPa, co2 ppm',
    rows: ['2026-06-20T11:00:00Z  21.5 1013.2 612', '2026-06-20T12:00:00Z 45 21.6 1013.1 615'],
  },
  'year, month, day, hour and minute apart': {
    text: 'Year,Month,Day,Hour,Minute,Temp\n2026,6,20,13,0,21.5\n2026,6,20,13,5,21.6\n2026,13,20,13,10,21.7\n',
    columns: 'temp',
    rows: ['2026-06-20T11:00:00Z 21.5', '2026-06-20T11:05:00Z 21.6'],
    refused: ['4: its time is "2026 13 20 13 10", which can’t be read'],
  },
  'NDBC: the same with names and units in comments, and blanks': {
    text: '#YY  MM DD hh mm WDIR WSPD\n#yr  mo dy hr mn degT m/s\n2026 06 20 13 00 290  4.1\n2026 06 20 13 10 295  MM\n',
    columns: 'wdir degT, wspd m/s',
    rows: ['2026-06-20T11:00:00Z 290 4.1', '2026-06-20T11:10:00Z 295 !'],
  },
  'an hour alone': {
    text: 'yyyy;mm;dd;hh;rain\n2026;06;20;23;1,5\n2026;06;20;24;0,5\n',
    columns: 'rain',
    rows: ['2026-06-20T21:00:00Z 1.5', '2026-06-20T22:00:00Z 0.5'],
  },
  'MATLAB’s days': {
    text: 'datenum,temp\n740153.5,21.5\n740153.510416667,21.6\n',
    columns: 'temp',
    rows: ['2026-06-20T10:00:00Z 21.5', '2026-06-20T10:15:00Z 21.6'],
  },
  'R and pandas: a count in front': {
    text: '"";"zeit";"temp"\n"1";2026-06-20 13:00:00;21,5\n"2";2026-06-20 13:05:00;NA\n"3";2026-06-20 13:10:00;21,7\n',
    columns: 'temp',
    rows: ['2026-06-20T11:00:00Z 21.5', '2026-06-20T11:05:00Z ', '2026-06-20T11:10:00Z 21.7'],
  },
  'PostgreSQL: COPY': {
    text: 'id,recorded_at,value\n1,2026-06-20 13:00:00+00,21.5\n2,2026-06-20 13:05:00.25+00,\\N\n',
    columns: 'value',
    rows: ['2026-06-20T13:00:00Z 21.5', '2026-06-20T13:05:00.250000Z '],
  },
  'psql: a table for people': {
    text: '      recorded_at       | temp  | rh \n------------------------+-------+----\n 2026-06-20 13:00:00+00 |  21.5 | 55\n(1 row)\n',
    columns: 'temp, rh',
    rows: ['2026-06-20T13:00:00Z 21.5 55'],
    refused: ['4: it has 1 field, and the others 3'],
  },
  'Spanish: half days and months': {
    text: 'fecha,valor\n20/06/2026 1:00:00 p. m.,1.5\n21-ene-2026 12:05:00 a. m.,1.7\n',
    columns: 'valor',
    rows: ['2026-06-20T11:00:00Z 1.5', '2026-01-20T23:05:00Z 1.7'],
  },
  'French, Italian, Dutch and Portuguese months': {
    text: 'Date;v\n20 févr. 2026 13:00;1,5\n1 lug 2026 13:00;1,6\n1 mrt 2026 13:00;1,7\n1 de março de 2026 14:00;1,8\n',
    columns: 'v',
    rows: ['2026-02-20T12:00:00Z 1.5', '2026-07-01T11:00:00Z 1.6', '2026-03-01T12:00:00Z 1.7', '2026-03-01T13:00:00Z 1.8'],
  },
  'a header that comes again, with a mark of UTF-8 where files were joined': {
    text:
      '\ufefftime,v\n2026-06-20T13:00:00Z,1.5\ntime,v\n2026-06-20T13:05:00Z,1.6\n\ufefftime,v\n2026-06-20T13:10:00Z,1.7\n' +
      'time,w\n2026-06-20T13:15:00Z,1.8\n',
    columns: 'v',
    rows: ['2026-06-20T13:00:00Z 1.5', '2026-06-20T13:05:00Z 1.6', '2026-06-20T13:10:00Z 1.7'],
    refused: [
      '7: it names other columns than line 1',
      '8: it stands below line 7, which names other columns: bring that part of the file in by itself',
    ],
  },
  'Lascar: a serial number in the first row alone': {
    text:
      'EasyLog USB,Time,Celsius(°C),Humidity(%rh),Serial Number\n1,20/06/2026 13:00:00,21.5,55.0,010012345\n' +
      '2,20/06/2026 13:05:00,21.6,55.1\n3,20/06/2026 13:10:00,21.7,55.2\n',
    columns: 'celsius °C, humidity %',
    rows: ['2026-06-20T11:00:00Z 21.5 55', '2026-06-20T11:05:00Z 21.6 55.1', '2026-06-20T11:10:00Z 21.7 55.2'],
  },
  'a header that names the zone in small letters': {
    text: 'time_utc,time_local,v\n2026-06-20 11:00:00,2026-06-20 13:00:00,1.5\n',
    columns: 'v',
    rows: ['2026-06-20T11:00:00Z 1.5'],
  },
  'a header that names the zone by its letters': {
    text: 'Time (MEZ),v\n2026-06-20 12:00:00,1.5\n',
    columns: 'v',
    rows: ['2026-06-20T11:00:00Z 1.5'],
  },
  'separators of thousands of other lands are refused, and make no text of the column': {
    text: "Datum;Leistung\n20.06.2026 13:00;1'234.5\n20.06.2026 13:05;1\u202f234,5\n20.06.2026 13:10;999.5\n",
    columns: 'leistung',
    rows: ['2026-06-20T11:00:00Z !', '2026-06-20T11:05:00Z !', '2026-06-20T11:10:00Z 999.5'],
  },
  'dashes as displays show them': {
    text: 'time,t,p\n2026-06-20T13:00:00Z,--.-,1013.2\n2026-06-20T13:05:00Z,21.5,----.-\n',
    columns: 't, p',
    rows: ['2026-06-20T13:00:00Z  1013.2', '2026-06-20T13:05:00Z 21.5 '],
  },
  'columns in another order further on, and in the first one again': {
    text:
      'time,a,b\n2026-06-20T13:00:00Z,1,2\ntime,b,a\n2026-06-20T13:05:00Z,3,4\ntime,a,b\n2026-06-20T13:10:00Z,5,6\n' +
      '2026-06-20T13:15:00Z,7,8\n',
    columns: 'a, b',
    rows: ['2026-06-20T13:00:00Z 1 2', '2026-06-20T13:10:00Z 5 6', '2026-06-20T13:15:00Z 7 8'],
    refused: [
      '3: it names other columns than line 1',
      '4: it stands below line 3, which names other columns: bring that part of the file in by itself',
    ],
  },
  'a logger that was given one more column: its rows before are refused, not passed over': {
    text: 'time,a\n2026-06-20T13:00:00Z,1\n2026-06-20T13:05:00Z,2\ntime,a,b\n2026-06-20T13:10:00Z,3,4\n2026-06-20T13:15:00Z,5,6\n',
    columns: 'a, b',
    rows: ['2026-06-20T13:10:00Z 3 4', '2026-06-20T13:15:00Z 5 6'],
    refused: [
      '2: it stands above line 4, which names other columns: bring that part of the file in by itself',
      '3: it stands above line 4, which names other columns: bring that part of the file in by itself',
    ],
  },
  'R’s write.table: the names of the rows have none': {
    text: '"time" "v"\n"1" "2026-06-20 13:00:00" 21.5\n"2" "2026-06-20 13:05:00" 21.6\n',
    columns: 'v',
    rows: ['2026-06-20T11:00:00Z 21.5', '2026-06-20T11:05:00Z 21.6'],
  },
  'a blank between date and clock, and between columns': {
    text: 'Timestamp Temp\n2026-06-20 13:00:00 21.5\n2026-06-20 13:05:00 21.6\n',
    columns: 'temp',
    rows: ['2026-06-20T11:00:00Z 21.5', '2026-06-20T11:05:00Z 21.6'],
  },
  'Python’s logging: a comma before the milliseconds, and between columns': {
    text: 'time,v\n2026-06-20 13:00:00,012,21.5\n2026-06-20 13:00:00,512,21.6\n',
    columns: 'v',
    rows: ['2026-06-20T11:00:00.012000Z 21.5', '2026-06-20T11:00:00.512000Z 21.6'],
  },
  'Keithley and YSI: a part of the second in a column of its own': {
    text: 'Date,Time (HH:mm:ss),Time (Fract. Sec),ODO mg/L,ORP mV\n06/20/2026,13:00:00,0.25,8.1,210\n06/20/2026,13:00:00,0.75,8.2,211\n',
    columns: 'odo mg/L, orp mV',
    rows: ['2026-06-20T11:00:00.250000Z 8.1 210', '2026-06-20T11:00:00.750000Z 8.2 211'],
  },
  'Testo: days with points and two digits of the year, beside clocks': {
    text: 'Id;Datum;Uhrzeit;C:1\n;;;°C\n1;20.06.26;13:00:00;21,5\n2;20.06.26;13:05:00;---\n',
    columns: 'c-1 °C',
    rows: ['2026-06-20T11:00:00Z 21.5', '2026-06-20T11:05:00Z '],
  },
  'days with points alone, and clocks with points beside them': {
    text: 'Data;Ora;v\n05.06.26;13.00.20;1,5\n06.06.26;13.05.20;1,6\n',
    columns: 'v',
    rows: ['2026-06-05T11:00:20Z 1.5', '2026-06-06T11:05:20Z 1.6'],
  },
  'NOAA: a day in digits beside a clock in digits': {
    text: 'UTC_DATE,UTC_TIME,v\n20260620,0005,1.5\n20260620,1300,1.6\n20260620,130530,1.7\n',
    columns: 'v',
    rows: ['2026-06-20T00:05:00Z 1.5', '2026-06-20T13:00:00Z 1.6', '2026-06-20T13:05:30Z 1.7'],
  },
  'months of Poland, Czechia, Finland, Turkey, Scandinavia and Russia': {
    text:
      'Data;v\n20 paź 2025 13:00;1\n20. listopadu 2025 13:00;2\n' +
      '20. kesäkuuta 2026 13:00;3\n20 Şub 2026 13:00;4\n20 maj 2026 13:00;5\n20 мая 2026 14:00;6\n',
    columns: 'v',
    rows: [
      '2025-10-20T11:00:00Z 1',
      '2025-11-20T12:00:00Z 2',
      '2026-06-20T11:00:00Z 3',
      '2026-02-20T12:00:00Z 4',
      '2026-05-20T11:00:00Z 5',
      '2026-05-20T12:00:00Z 6',
    ],
  },
  'half days of East Asia, and accents that stand beside their letters': {
    text: 'Time,v\n2026/06/20 下午 01:00:00,1\n2026年6月20日 13:05:00,2\n2026-06-20 오전 1:10:00,3\n20 aou\u0302t 2025 13:15,4\n',
    columns: 'v',
    rows: ['2026-06-20T11:00:00Z 1', '2026-06-20T11:05:00Z 2', '2026-06-19T23:10:00Z 3', '2025-08-20T11:15:00Z 4'],
  },
  'Open-Meteo: the zone in a small table above': {
    text:
      'latitude,longitude,utc_offset_seconds,timezone,timezone_abbreviation\n38,23.7,7200,Europe/Athens,EET\n\n' +
      'time,temperature_2m (°C)\n2026-01-20T13:00,5.1\n2026-06-20T13:00,25.1\n',
    columns: 'temperature-2m °C',
    rows: ['2026-01-20T11:00:00Z 5.1', '2026-06-20T10:00:00Z 25.1'],
  },
  'a line above that tells the zone': {
    text: 'Time zone: UTC+05:30\nTime,v\n2026-06-20 13:00:00,1.5\n',
    columns: 'v',
    rows: ['2026-06-20T07:30:00Z 1.5'],
  },
  'a sentence above that tells the zone': {
    text: '# All times are given in UTC.\nTime,v\n2026-06-20 13:00:00,1.5\n',
    columns: 'v',
    rows: ['2026-06-20T13:00:00Z 1.5'],
  },
  'the day above the rows, and a clock that goes on over midnight': {
    text: 'Measurement date,2026-06-20\nTime,v\n23:50:00,1.5\n23:55:00,1.6\n00:00:00,1.7\n23:59:59,1.8\n00:05:00,1.9\n',
    columns: 'v',
    rows: [
      '2026-06-20T21:50:00Z 1.5',
      '2026-06-20T21:55:00Z 1.6',
      '2026-06-20T22:00:00Z 1.7',
      '2026-06-21T21:59:59Z 1.8',
      '2026-06-21T22:05:00Z 1.9',
    ],
  },
  'decimal commas in quotes between commas, as German sheets are exported': {
    text: 'Datum,Temp,Höhe\n20.06.2026 13:00,"21,5","1,250"\n20.06.2026 13:05,"21,6",2\n',
    columns: 'temp, höhe',
    rows: ['2026-06-20T11:00:00Z 21.5 1.25', '2026-06-20T11:05:00Z 21.6 2'],
  },
  'separators of thousands in quotes between commas stay refused': {
    text: 'time,v,w\n2026-06-20T13:00:00Z,"1,234",5\n2026-06-20T13:05:00Z,"2,345",6\n',
    columns: 'v, w',
    rows: ['2026-06-20T13:00:00Z ! 5', '2026-06-20T13:05:00Z ! 6'],
  },
  'a day beside its hour, minute and second': {
    text: 'Date,Hour,Min,Sec,v\n2026-06-20,13,0,0.5,1\n2026-06-20,13,0,60,2\n2026-06-20,13,1,0,3\n',
    columns: 'v',
    rows: ['2026-06-20T11:00:00.500000Z 1', '2026-06-20T11:01:00Z 3'],
    refused: ['3: its time is "2026-06-20 13 0 60", which can’t be read'],
  },
  'a day beside its hour alone': {
    text: 'Datum;Stunde;v\n20.06.2026;0;1,5\n20.06.2026;13;2,5\n20.06.2026;24;3,5\n',
    columns: 'v',
    rows: ['2026-06-19T22:00:00Z 1.5', '2026-06-20T11:00:00Z 2.5', '2026-06-20T22:00:00Z 3.5'],
  },
  'Graphtec: a blank behind the sign': {
    text: 'NO.,Time,ms,CH1\n1,2026/06/20 13:00:00,500,+   21.5\n2,2026/06/20 13:00:01,0,-    1.5\n',
    columns: 'ch1',
    rows: ['2026-06-20T11:00:00.500000Z 21.5', '2026-06-20T11:00:01Z -1.5'],
  },
  'digits with a blank or a line between day and clock, dates of cameras, and zones as Java writes them': {
    text: 'time,v\n20260620 130000,1\n20260620_130500,2\n2026:06:20 13:10:00,3\n2026-06-20T13:15:00+02:00[Europe/Berlin],4\n',
    columns: 'v',
    rows: ['2026-06-20T11:00:00Z 1', '2026-06-20T11:05:00Z 2', '2026-06-20T11:10:00Z 3', '2026-06-20T11:15:00Z 4'],
  },
  'a decimal point among decimal commas is refused: it may part thousands': {
    text: 'Zeit;a;b\n20.06.2026 13:00;1.234;1,5\n20.06.2026 13:05;999;2,5\n20.06.2026 13:10;2.5;3,5\n',
    columns: 'a, b',
    rows: ['2026-06-20T11:00:00Z ! 1.5', '2026-06-20T11:05:00Z 999 2.5', '2026-06-20T11:10:00Z ! 3.5'],
  },
  'most cells with a unit: one with another is refused': {
    text: 'time,t\n2026-06-20T13:00:00Z,74.3 °F\n2026-06-20T13:05:00Z,23.5 °C\n2026-06-20T13:10:00Z,23.6 °C\n',
    columns: 't °C',
    rows: ['2026-06-20T13:00:00Z !', '2026-06-20T13:05:00Z 23.5', '2026-06-20T13:10:00Z 23.6'],
  },
  'numbers beyond what a number can be, large and small': {
    text: 'time,v\n2026-06-20T13:00:00Z,1e400\n2026-06-20T13:05:00Z,-1e-400\n2026-06-20T13:10:00Z,0e0\n',
    columns: 'v',
    rows: ['2026-06-20T13:00:00Z !', '2026-06-20T13:05:00Z !', '2026-06-20T13:10:00Z 0'],
  },
  'InfluxDB: fields as columns, defaults and truths': {
    text:
      '#group,false,false,false,false,false,true,true\n#datatype,string,long,dateTime:RFC3339,double,boolean,string,string\n' +
      '#default,_result,,,,,climate,\n,result,table,_time,temp,open,_measurement,host\n,,0,2026-06-20T13:00:00Z,21.5,true,,a\n',
    columns: 'value',
    rows: ['2026-06-20T13:00:00Z climate/a/temp 21.5', '2026-06-20T13:00:00Z climate/a/open 1'],
  },
}

for (const [name, { text, columns, rows, refused = [] }] of Object.entries(TABLES))
  test(name, async () => {
    const { notes, ...found } = await read(text)
    assert.deepEqual(found, { columns, rows, refused }, notes)
  })

test('what is left out beside the values is said', async () => {
  assert.match(
    (await read(TABLES['R and pandas: a count in front']?.text ?? '')).notes,
    /Left out, unless taken with --columns: "column 1"/,
  )
  assert.match(
    (
      await read(
        'EasyLog,Time,Celsius(°C),Serial Number\n1,20/06/2026 13:00:00,21.5,0123\n2,20/06/2026 13:05:00,21.6\n3,20/06/2026 13:10:00,2\n',
      )
    ).notes,
    /Most rows end before "Serial Number", which is left out/,
  )
})

test('a zone that is told in place of the file’s is said', async () => {
  const { rows, notes } = await read('Time (UTC),v\n2026-06-20 13:00:00,1.5\n', { timeZone: 'America/New_York' })
  assert.deepEqual(rows, ['2026-06-20T17:00:00Z 1.5'])
  assert.match(notes, /The file says that its times are those of UTC; America\/New_York is taken, as told/)
})

test('names that can’t be given to columns stop, unless columns are named by their numbers', async () => {
  const text = 'time,v\n2026-06-20 13:00:00,5,21.5\n2026-06-20 13:05:00,12,21.6\n'
  await assert.rejects(read(text), /Line 1 names 2 columns, and the rows have 3/)
  const { columns, rows } = await read(text, { time: ['1'], columns: ['3'] })
  assert.deepEqual({ columns, rows }, { columns: 'column-3', rows: ['2026-06-20T11:00:00Z 21.5', '2026-06-20T11:05:00Z 21.6'] })
})

test('columns without names are a time in the order in which they are named', async () => {
  const day = '2026 06 20 13    51 -9999\n2026 06 20 14    52    41\n2026 06 20 15    53    42\n'
  const { rows } = await read(day, { time: ['1', '2', '3', '4'], columns: ['5', '6'] })
  assert.deepEqual(rows, ['2026-06-20T11:00:00Z 51 ', '2026-06-20T12:00:00Z 52 41', '2026-06-20T13:00:00Z 53 42'])
  const station = '53878 20260620 0000  3  5.1\n53878 20260620 0100  3  5.2\n53878 20260620 1300  3  5.3\n'
  const read2 = await read(station, { time: ['2', '3'], columns: ['5'], timeZone: 'UTC' })
  assert.deepEqual(read2.rows, ['2026-06-20T00:00:00Z 5.1', '2026-06-20T01:00:00Z 5.2', '2026-06-20T13:00:00Z 5.3'])
  const ofYear = '110,2026,171,5,21.5\n110,2026,171,30,21.6\n110,2026,171,1300,21.7\n'
  const read3 = await read(ofYear, { time: ['2', '3', '4'], columns: ['5'] })
  assert.deepEqual(read3.rows, ['2026-06-19T22:05:00Z 21.5', '2026-06-19T22:30:00Z 21.6', '2026-06-20T11:00:00Z 21.7'])
})

test('a clock without a day asks for it, and one that may be a stopwatch says so', async () => {
  const clocks = 'Date: 20.06.2026\nTime;v\n13:00:00;1,5\n13:05:00;1,6\n'
  await assert.rejects(read(clocks), /"Date" in line 1 is "20\.06\.2026": if the rows are of that day, say so with --start "20\.06\.2026"/)
  assert.deepEqual((await read(clocks, { start: '20.06.2026' })).rows, ['2026-06-20T11:00:00Z 1.5', '2026-06-20T11:05:00Z 1.6'])
  const either = 'Start Time: 2026-06-20 13:00:00\nTime,v\n0:00:00,1.5\n0:05:00,1.6\n'
  await assert.rejects(read(either), /begins with "0:00:00", so it may show a clock or count from a start/)
  assert.deepEqual((await read(either, { time: ['Time'], start: '2026-06-20 13:00:00' })).rows, [
    '2026-06-20T11:00:00Z 1.5',
    '2026-06-20T11:05:00Z 1.6',
  ])
  assert.deepEqual((await read(either, { time: ['Time'], start: '2026-06-20' })).rows, [
    '2026-06-19T22:00:00Z 1.5',
    '2026-06-19T22:05:00Z 1.6',
  ])
})

test('a year of two digits may stand first, and is asked for where no row tells', async () => {
  const hioki = '"Date","Time","CH1[V]"\n"26-06-20","13:00:00.0",1.5E+00\n"26-06-20","13:00:01.0",1.6E+00\n'
  await assert.rejects(read(hioki), /"26-06-20" in line 2 may be either, and no other row tells\. .*--time-format day-first or year-first/)
  assert.deepEqual((await read(hioki, { timeFormat: 'year-first' })).rows, ['2026-06-20T11:00:00Z 1.5', '2026-06-20T11:00:01Z 1.6'])
  const days = '"Date","Time","CH1[V]"\n"19-06-26","13:00:00",1.5\n"20-06-26","13:00:00",1.6\n'
  assert.deepEqual((await read(days)).rows, ['2026-06-19T11:00:00Z 1.5', '2026-06-20T11:00:00Z 1.6'])
  // The year 2030 is to come, and no month is the 20th.
  assert.deepEqual((await read('time,v\n30/06/26 13:00,1\n')).rows, ['2026-06-30T11:00:00Z 1'])
  assert.deepEqual((await read('time,v\n06/20/26 13:00,1\n')).rows, ['2026-06-20T11:00:00Z 1'])
})

test('what may mean something else than it says is told', async () => {
  const told = async (text: string): Promise<string> => (await read(text)).notes
  assert.match(await told('time,t\n2026-06-20T13:00:00Z,4.1\n2026-06-20T13:05:00Z,-999\n'), /-999 stands in "t".*--missing -999/)
  assert.match(await told('Zeit;v\n20.06.2026 13:00;1.234\n20.06.2026 13:05;999\n'), /"1\.234" is a little more than 1/)
  assert.match(
    await told('Zeitzone;W. Europe Standard Time\nZeit;Druck\n20.06.2026 13:00;5\n'),
    /names the time zone "W\. Europe Standard Time", which is not taken/,
  )
  assert.doesNotMatch(await told('time,t,co2\n2026-06-20T13:00:00Z,4.125,9999\n2026-06-20T13:05:00Z,4.5,8000\n'), /stands in|a little more/)
})

test('a query that failed says why', async () => {
  const answer = '#datatype,string,long\n#group,true,true\n#default,,\n,error,reference\n,Failed to parse query,897\n'
  await assert.rejects(read(answer), /line 5: the query failed: Failed to parse query/)
})

test('what is no table is named, with what to do', async () => {
  for (const [text, is] of [
    ['<?xml version="1.0"?>\n<Body_xle><Log id="1"/></Body_xle>\n', /XML or HTML/],
    ['[{"ts":"2026-06-20T13:00:00Z","temp":21.5}]\n', /JSON\. Write an object a line/],
    ['{\n  "ts": "2026-06-20T13:00:00Z"\n}\n', /JSON\. Write an object a line/],
    ["INSERT INTO readings VALUES ('2026-06-20 13:00:00+00',21.5);\n", /SQL\. Export the table as CSV/],
    [Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 10, 11, 12]), /compressed by gzip/],
    [Buffer.from('PK\u0003\u0004\u0014\0readings.csv', 'latin1'), /a zip archive/],
    [Buffer.from('BZh91AY&SY\u0001\u0002\u00ff\u0081', 'latin1'), /compressed/],
    [Buffer.from('SQLite format 3\0\u0010\0\u0001', 'latin1'), /a database of SQLite/],
    [Buffer.from('\u0089HDF\r\n\u001a\n\0\0', 'latin1'), /HDF5/],
    [Buffer.from('\u0089PNG\r\n\u001a\n\0\0\0\rIHDR', 'latin1'), /an image/],
    ['%PDF-1.7\n%âãÏÓ\n', /PDF/],
  ] as const)
    await assert.rejects(read(text), is)
})
