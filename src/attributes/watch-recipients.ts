/** Recipients of watchdogs and alerts: mail, text and webhook together in one list. */
import { invalid } from '../base/fault.ts'
import { kindOfRecipient } from './recipients.ts'

/** Maximum number of recipients of one watchdog or alert. */
export const MAX_WATCH_RECIPIENTS = 10

/**
 * Parses a list of recipients, or text with commas between them, as old servers store it.
 * @throws Fault invalid naming the field
 */
export function parseWatchRecipients(value: unknown, field: string): string[] {
  const list = splitRecipients(value)
  if (list === undefined)
    throw invalid(
      `${field} must be a list of recipients (e-mail addresses, phone numbers, URLs, ntfy:TOPIC, …), or text with commas between them.`,
    )
  if (list.length > MAX_WATCH_RECIPIENTS)
    throw invalid(`${field} has ${list.length} recipients; at most ${MAX_WATCH_RECIPIENTS} are allowed.`)
  for (const recipient of list) kindOfRecipient(recipient, field)
  return [...new Set(list)]
}

/** Reads stored recipients, leaving out those that can't be reached by any kind of notification. */
export function readableRecipients(value: unknown): string[] {
  const list = splitRecipients(value) ?? []
  return [...new Set(list)].filter(isRecipient).slice(0, MAX_WATCH_RECIPIENTS)
}

function splitRecipients(value: unknown): string[] | undefined {
  const list: unknown[] | undefined = typeof value === 'string' ? value.split(',') : Array.isArray(value) ? (value as unknown[]) : undefined
  if (list?.every((one) => typeof one === 'string') !== true) return undefined
  return list.map((one) => one.trim()).filter((one) => one !== '')
}

function isRecipient(recipient: string): boolean {
  try {
    kindOfRecipient(recipient)
    return true
  } catch {
    return false
  }
}
