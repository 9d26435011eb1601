import { setImmediate } from 'node:timers/promises'
import type { Plan } from '../../plan/plan.ts'
import type { LoadedGraphs } from '../graphs.ts'
import { JointRun } from './joint-run.ts'
import type { Pass, PendingVisit, Runner } from './pass.ts'

interface Member {
  pass: Pass
  done: () => void
  fail: (error: unknown) => void
}

/**
 * Continuous depth-wise batching (arXiv 2410.20672 §4; 2507.10524 §3.3): the passes of several sequences are moved on
 * together. Rows that are to make visits of the same graph share a run, although they stand at different recursions; one
 * that leaves early makes room at once, and one that comes joins the next run.
 */
export class Batcher implements Runner {
  private readonly joint: JointRun
  private readonly kinds: number[]
  private members: Member[] = []
  private working = false

  constructor(plan: Plan, graphs: LoadedGraphs) {
    this.joint = new JointRun(graphs)
    this.kinds = kindsOf(plan)
  }

  run(pass: Pass): Promise<void> {
    return new Promise((done, fail) => {
      this.members.push({ pass, done, fail })
      if (!this.working) void this.work()
    })
  }

  private async work(): Promise<void> {
    this.working = true
    while (this.members.length > 0) {
      const pending = this.nextBatch()
      try {
        await this.joint.of(pending)
      } catch (error) {
        this.drop(pending, error)
      }
      const before = this.members.length
      this.release()
      // a pass that has just got its logits may have its next token ready by then, and can share the next run
      if (before > 1 && this.members.length < before) await setImmediate()
    }
    this.working = false
    this.joint.forget()
  }

  /**
   * The pending of one kind, the kind of those that are least far on: those ahead wait before the last visits, whose
   * weights are the most, so that all share their run and set out together again. The deepest row never waits.
   */
  private nextBatch(): PendingVisit[] {
    const pending = this.members.flatMap(({ pass }) => pass.pendingVisit() ?? [])
    const least = Math.min(...pending.map(({ index }) => index))
    return pending.filter(({ index }) => this.kinds[index] === this.kinds[least])
  }

  private release(): void {
    this.members = this.members.filter(({ pass, done }) => {
      if (pass.pendingVisit()) return true
      done()
      return false
    })
  }

  private drop(pending: readonly PendingVisit[], error: unknown): void {
    const passes = new Set(pending.map(({ pass }) => pass))
    this.members = this.members.filter(({ pass, fail }) => {
      if (!passes.has(pass)) return true
      fail(error)
      return false
    })
  }
}

/** Per visit, a number that visits share whose rows can be in one run. */
function kindsOf(plan: Plan): number[] {
  const known = new Map<string, number>()
  return plan.visits.map(({ graph, constants, inputs, cache }) => {
    // rows that write K/V and rows that only read them may share a run
    const key = JSON.stringify([graph, constants, inputs, cache?.slots])
    const kind = known.get(key) ?? known.size
    known.set(key, kind)
    return kind
  })
}
