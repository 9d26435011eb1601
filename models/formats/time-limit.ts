import vm from 'node:vm'

/** A model's files may hold regular expressions and templates that would run for ever; this is what stops them. */
const sandbox = vm.createContext(vm.constants.DONT_CONTEXTIFY) as { act: (() => unknown) | undefined }
const script = new vm.Script('act()')

/**
 * Runs `act`, which must be synchronous, and gives up on it after so many milliseconds; costs a third of one itself.
 * @throws Error with a sentence where time ran out, and as `act`
 */
export function within<T>(milliseconds: number, act: () => T): T {
  const outer = sandbox.act
  sandbox.act = act
  try {
    return script.runInContext(sandbox, { timeout: milliseconds }) as T
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    throw new Error(`it takes longer than ${milliseconds} ms`, { cause: error })
  } finally {
    sandbox.act = outer
  }
}
