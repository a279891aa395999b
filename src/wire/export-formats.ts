/** Formats of exports, as requests name them. */
export const EXPORT_FORMATS = ['csv', 'csv-semicolon', 'xlsx', 'ndjson', 'json', 'parquet'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]
