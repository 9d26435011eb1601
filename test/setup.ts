import { vi } from 'vitest'

/** A second, as vi.waitFor has it, is a timed test on a machine that does something else too. */
const LONGEST_MS = 30_000

const { waitFor } = vi
vi.waitFor = (callback, options) =>
  waitFor(callback, typeof options === 'number' ? options : { timeout: LONGEST_MS, ...options })
