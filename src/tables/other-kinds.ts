/** Files that are no tables, known by how they begin. */
import { invalid } from '../base/fault.ts'

/** Beginnings of files that are no tables, what they are, and what to do with them. */
const OTHER_KINDS: readonly (readonly [RegExp, string])[] = [
  [/^\s*<(?:\?xml|!doctype|html|\w+[ >])/i, 'XML or HTML. Export it as CSV from the program that wrote it'],
  [/^\s*(?:\[\s*(?:[{[]|$)|\{\s*(?:"|$))/, 'JSON. Write an object a line (NDJSON; with jq: jq -c ".[]")'],
  [/^%PDF-/, 'PDF. Export it as CSV from the program that wrote it'],
  [/^\u001f[\u008b\ufffd‹]/, 'compressed by gzip. Decompress it first, as with zcat'],
  [/^PK\u0003\u0004/, 'a zip archive. Unpack it first; a workbook has to have its ending, as .xlsx or .ods'],
  [/^(?:7z[¼\ufffd]|BZh\d|.7zXZ|\(µ\/ý)/, 'compressed. Decompress it first'],
  [/^SQLite format 3/, 'a database of SQLite. Export the table as CSV, as with sqlite3 -csv -header'],
  [/^PAR1/, 'Parquet. Export it as CSV, as with pandas'],
  [
    /^(?:.HDF\r?$|CDF[\u0001\u0002\u0005]|MATLAB [5-9]\.\d MAT-file|TDSm)/,
    'HDF5, netCDF, MATLAB or TDMS. Export it as CSV from the program that wrote it',
  ],
  [/^(?:.PNG\r?$|GIF8[79]a|ÿØÿ|II\*|MM\u0000\*)/, 'an image'],
  [/^"?100"?,"?NEM1[23]/, 'NEM12 or NEM13, whose rows are days of a meter. Convert it first, as with nem-reader (Python)'],
  [/^(?:MDF {5}|UnFinMF )\d/, 'a measurement file of ASAM (MDF). Export it as CSV, as with asammdf: mdf.export("csv")'],
  [/^0 {7}.{160}(?:\d\d\.){2}\d{4}\.\d\d\.\d\d|^ÿBIOSEMI/, 'a European data file (EDF, BDF). Export it as CSV, as with EDFbrowser'],
  [/^DIAEXTENDED|^#BEGINGLOBALHEADER/, 'the header of DIAdem’s files, whose numbers stand in others. Export them as CSV from DIAdem'],
  [/^(?:ARROW1|FEA1)/, 'Arrow or Feather. Export it as CSV, as with pandas'],
  [/^SIMPLE {2}= /, 'FITS. Export its table as CSV, as with astropy'],
  [/^(?:GRIB|BUFR)/, 'GRIB or BUFR. Export a place of it as CSV, as with eccodes or cdo'],
  [/^(?:RIFF|OggS|fLaC)/, 'a recording of sound'],
  [
    /^\s*(?:INSERT INTO|CREATE TABLE|-- (?:MySQL|MariaDB|PostgreSQL|SQLite))/i,
    'SQL. Export the table as CSV, as with COPY … TO … CSV HEADER',
  ],
]

/** @throws Fault invalid saying what the file is */
export function refuseOtherKinds(head: readonly string[]): void {
  const first = head.find((line) => line.trim() !== '' && line.trim() !== '--') ?? ''
  const [, is] = OTHER_KINDS.find(([pattern]) => pattern.test(first)) ?? []
  if (is !== undefined) throw invalid(`The file is no table, but ${is}.`)
}
