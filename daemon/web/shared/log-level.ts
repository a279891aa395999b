/** How serious a line of a log is, by the words that programs use. */

export type LogLevel = 'error' | 'warning' | 'plain'

/** Longest part of a line that is looked at: a level stands near its beginning. */
const REACH = 200

export function levelOf(line: string): LogLevel {
  const text = line.slice(0, REACH)
  if (/\b(?:error|fatal|critical|exception|traceback|failed|failure|gave up)\b/i.test(text)) return 'error'
  return /\b(?:warn|warning|silent|retry|timeout|timed out)\b/i.test(text) ? 'warning' : 'plain'
}
