import type { Comparisons } from './comparison.ts'
import type { Handlers } from './dispatcher.ts'

type CompareCall = 'compare.read' | 'compare.begin' | 'compare.stop' | 'compare.budget' | 'compare.keep'

/** One question, answered in columns. */
export function compareHandlers(comparisons: Comparisons): Pick<Handlers, CompareCall> {
  return {
    'compare.read': () => comparisons.read(),
    'compare.begin': (params) => comparisons.begin(params),
    'compare.stop': ({ columnId }) => {
      comparisons.stop(columnId)
      return null
    },
    'compare.budget': (params) => {
      comparisons.changeBudget(params)
      return null
    },
    'compare.keep': (params) => comparisons.keep(params),
  }
}
