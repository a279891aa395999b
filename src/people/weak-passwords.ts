/**
 * Passwords that are guessed first: those that most people use, and those made of what is known about their owner. Everybody needs 8
 * characters, admins too: length beyond that helps less than a second factor, which their organization can require.
 */
import { invalid } from '../base/fault.ts'
import { requirePassword } from './passwords.ts'

/** Characters that a password must have beside what is known of its owner. */
const OWN = 4

/**
 * Checks a new password; existing ones go on working.
 * @param known what others know of the owner: address, names, the organization
 * @throws Fault invalid when it is too short, too long, or guessed too easily
 */
export async function requireGoodPassword(password: string, known: readonly (string | null | undefined)[]): Promise<void> {
  requirePassword(password)
  const { WEAK_PASSWORDS } = await import('./weak-password-list.ts')
  const reason = findWeakness(password, known, new Set(WEAK_PASSWORDS.trim().split(/\s+/)))
  if (reason !== undefined)
    throw invalid(`password is too easy to guess: ${reason} Take another, such as a few words that don't belong together.`)
}

function findWeakness(password: string, known: readonly (string | null | undefined)[], weak: ReadonlySet<string>): string | undefined {
  const text = password.normalize('NFKC').toLowerCase()
  if (weak.has(text) || weak.has(text.replace(/(?<=\p{L}|^)[^\p{L}]+$/u, '')))
    return 'it is one of those that most people use, perhaps with digits after it.'
  if (new Set(text).size < OWN || isSequence(text)) return 'it repeats a few characters, or counts them up.'
  const names = known.flatMap((one) => partsOf(one ?? '')).sort((a, b) => b.length - a.length)
  const rest = names.reduce((left, name) => left.replaceAll(name, ''), text)
  if (rest !== text && rest.length < OWN) return 'it is little more than your address, your name or that of your organization.'
  return undefined
}

/** Each character follows the one before it: 23456789, hgfedcba. */
function isSequence(text: string): boolean {
  const steps = new Set([...text].slice(1).map((character, at) => (character.codePointAt(0) ?? 0) - (text.codePointAt(at) ?? 0)))
  return steps.size === 1
}

/** The whole name, and its parts of at least 4 characters. */
function partsOf(name: string): string[] {
  const text = name.normalize('NFKC').toLowerCase()
  return [text, text.replace(/\s+/g, ''), ...text.split(/[^\p{L}\p{N}]+/u)].filter((part) => part.length >= 4)
}
