/** Makes and uses passkeys: forms with `data-passkey` ask the browser for one before they are sent. */
import './main.ts'
import { call } from '../api.ts'
import { hideProblem, showProblem } from '../forms.ts'
import { all, need } from '../dom.ts'

interface Described {
  id: string
}

/** Options as the server sends them: bytes are base64url. */
interface Offer {
  challenge: string
  allowCredentials?: Described[]
}

interface NewOffer {
  challenge: string
  rp: PublicKeyCredentialRpEntity
  pubKeyCredParams: PublicKeyCredentialParameters[]
  user: { id: string; name: string; displayName: string }
  excludeCredentials?: Described[]
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))

const textOf = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

const describe = (known: Described[] = []): PublicKeyCredentialDescriptor[] =>
  known.map(({ id }) => ({ type: 'public-key', id: bytesOf(id) }))

/** @returns what the form sends */
async function create({ user, excludeCredentials, challenge, ...rest }: NewOffer): Promise<object> {
  const options: PublicKeyCredentialCreationOptions = {
    ...rest,
    challenge: bytesOf(challenge),
    user: { ...user, id: bytesOf(user.id) },
    excludeCredentials: describe(excludeCredentials),
  }
  const made = requirePublicKey(await navigator.credentials.create({ publicKey: options }))
  if (!(made.response instanceof AuthenticatorAttestationResponse)) throw new Error('The browser made no passkey.')
  const { clientDataJSON, attestationObject } = made.response
  return {
    id: made.id,
    response: {
      clientDataJSON: textOf(clientDataJSON),
      attestationObject: textOf(attestationObject),
      transports: made.response.getTransports(),
    },
  }
}

async function use({ challenge, allowCredentials, ...rest }: Offer): Promise<object> {
  const options: PublicKeyCredentialRequestOptions = {
    ...rest,
    challenge: bytesOf(challenge),
    allowCredentials: describe(allowCredentials),
  }
  const used = requirePublicKey(await navigator.credentials.get({ publicKey: options }))
  if (!(used.response instanceof AuthenticatorAssertionResponse)) throw new Error('The browser used no passkey.')
  const { clientDataJSON, authenticatorData, signature } = used.response
  return {
    id: used.id,
    response: {
      clientDataJSON: textOf(clientDataJSON),
      authenticatorData: textOf(authenticatorData),
      signature: textOf(signature),
    },
  }
}

function requirePublicKey(credential: Credential | null): PublicKeyCredential {
  if (credential instanceof PublicKeyCredential) return credential
  throw new Error('The browser gave no passkey.')
}

/** Browsers say in many words that somebody pressed Cancel, or that the time was over. */
const inWords = (error: unknown): unknown =>
  error instanceof DOMException && error.name === 'NotAllowedError'
    ? new Error('No passkey was used: it was cancelled, or there is none for this server here.')
    : error instanceof DOMException && error.name === 'InvalidStateError'
      ? new Error('This device has a passkey for this server already.')
      : error

for (const form of all('form[data-passkey]', HTMLFormElement))
  form.addEventListener('submit', (event) => {
    const field = need('[data-passkey-field]', HTMLInputElement, form)
    if (field.value !== '') return
    event.preventDefault()
    hideProblem(form)
    const ask = async (): Promise<void> => {
      if (!('credentials' in navigator) || !('PublicKeyCredential' in window))
        throw new Error('This browser knows no passkeys, or the page did not come by https.')
      const credential =
        form.dataset['passkey'] === 'new'
          ? await create(await call<NewOffer>('POST', '/second-factors/passkeys/offer'))
          : await use(await call<Offer>('POST', '/sessions/passkey/offer'))
      field.value = JSON.stringify(credential)
      form.requestSubmit()
    }
    ask().catch((error: unknown) => showProblem(form, inWords(error)))
  })
