import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'

/**
 * The token of the Hub that this machine has already: HF_TOKEN, or the file that the Hugging Face tools keep it in, where
 * HF_HUB_DISABLE_IMPLICIT_TOKEN does not forbid that.
 */
export function tokenOfMachine(environment: NodeJS.ProcessEnv = process.env): string | null {
  const given = (environment.HF_TOKEN ?? environment.HUGGING_FACE_HUB_TOKEN ?? '').trim()
  if (given !== '') return given
  if (isOn(environment.HF_HUB_DISABLE_IMPLICIT_TOKEN)) return null
  try {
    const file = environment.HF_TOKEN_PATH || path.join(huggingFaceHome(environment), 'token')
    return readFileSync(file, 'utf8').trim().slice(0, 500) || null
  } catch {
    return null
  }
}

/** Where the Hugging Face tools keep what they keep. */
export function huggingFaceHome(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.HF_HOME) return path.resolve(environment.HF_HOME)
  return path.join(environment.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'huggingface')
}

const isOn = (value: string | undefined): boolean => /^(1|true|yes|on)$/i.test(value ?? '')
