import * as v from 'valibot'
import type { CallName, CallResult, Calls } from '../contract/calls.ts'
import { CALLS } from '../contract/calls.ts'
import { DepthwiseError, toFailure } from '../../models/common/errors.ts'
import type { Reply } from '../contract/frames.ts'
import { RequestSchema } from '../contract/frames.ts'

type Params<N extends CallName> = v.InferOutput<Calls[N]['params']>

export type Handlers = { [N in CallName]: (params: Params<N>) => CallResult<N> | Promise<CallResult<N>> }

const EnvelopeSchema = v.looseObject({ id: RequestSchema.entries.id, call: v.string() })

/** Carries out one frame of a window. Every frame gets one reply, whatever it holds, at once where nothing is waited for. */
export function dispatch(
  handlers: Handlers,
  frame: unknown,
  log: (line: string) => void,
  reply: (reply: Reply) => void,
): void {
  const envelope = v.safeParse(EnvelopeSchema, frame)
  const id = envelope.success ? envelope.output.id : null
  const refuse = (error: unknown): void => {
    if (!(error instanceof DepthwiseError)) log(error instanceof Error ? String(error.stack) : String(error))
    reply({ id, failure: toFailure(error) })
  }
  try {
    if (!envelope.success) throw badFrame(envelope.issues)
    const { id: number, call } = envelope.output
    const result = carryOut(handlers, call, frame)
    if (!(result instanceof Promise)) {
      reply({ id: number, result })
      return
    }
    void result.then((late: unknown) => {
      reply({ id: number, result: late })
    }, refuse)
  } catch (error) {
    refuse(error)
  }
}

function carryOut(handlers: Handlers, call: string, frame: unknown): unknown {
  if (!Object.hasOwn(CALLS, call)) {
    throw new DepthwiseError(
      'UNKNOWN_CALL',
      'The window asked for something this version of Depthwise does not know.',
      {
        detail: call.slice(0, 100),
      },
    )
  }
  const request = v.safeParse(RequestSchema, frame)
  if (!request.success) throw badFrame(request.issues)
  const name = request.output.call
  const params = v.safeParse(CALLS[name].params, request.output.params)
  if (!params.success) throw badArgument(name, params.issues)
  return (handlers[name] as (params: unknown) => unknown)(params.output)
}

function badFrame(issues: v.BaseIssue<unknown>[]): DepthwiseError {
  return new DepthwiseError(
    'BAD_FRAME',
    'The window sent a message that Depthwise cannot read. Reload the window.',
    describe(issues),
  )
}

function badArgument(call: string, issues: v.BaseIssue<unknown>[]): DepthwiseError {
  const budget = issues.find((issue) => v.getDotPath(issue)?.endsWith('budget') && typeof issue.input === 'number')
  if (budget) {
    return new DepthwiseError(
      'BUDGET_OUT_OF_RANGE',
      'The budget must be between 0 and 100 percent.',
      describe([budget]),
    )
  }
  return new DepthwiseError('BAD_ARGUMENT', `“${call}” was given something it cannot use.`, describe(issues))
}

function describe(issues: v.BaseIssue<unknown>[]): { detail?: string } {
  const [issue] = issues
  if (!issue) return {}
  return { detail: [v.getDotPath(issue), issue.message].filter(Boolean).join(': ').slice(0, 300) }
}
