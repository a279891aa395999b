/** The level of a line of a log, judged by words that programs use. */

export type LogLevel = 'error' | 'warning' | 'plain'

/** How many characters of a line are examined: a level is near the beginning. */
const REACH = 200

export function levelOf(line: string): LogLevel {
  const text = line.slice(0, REACH)
  if (/\b(?:error|fatal|critical|exception|traceback|failed|failure|gave up)\b/i.test(text)) return 'error'
  return /\b(?:warn|warning|silent|retry|timeout|timed out)\b/i.test(text) ? 'warning' : 'plain'
}
