import { describe, expect, it } from 'vitest'
import { DepthwiseError } from '../../models/common/errors.ts'
import type { Contest, Threading } from '../../models/runtime/tuning/threads.ts'
import { fastestThreading } from '../../models/runtime/tuning/threads.ts'

const nameOf = ({ threads, spinning }: Threading): string => `${threads}${spinning ? ' spinning' : ''}`

/** A machine on which a token takes as long as it is said to, with a clock of its own. */
class Machine implements Contest<string> {
  readonly cores: number
  readonly first: number
  readonly tried: string[] = []
  readonly loaded = new Set<string>()
  most = 0
  clock = 0
  loadMs = 10
  budget = (): number => 10_000
  private readonly ms: (name: string, turn: number) => number
  private turn = 0

  constructor(cores: number, first: number, ms: (name: string, turn: number) => number) {
    this.cores = cores
    this.first = first
    this.ms = ms
  }

  load = (threading: Threading): Promise<string> => {
    const name = nameOf(threading)
    this.tried.push(name)
    this.loaded.add(name)
    this.most = Math.max(this.most, this.loaded.size)
    this.clock += this.loadMs
    return Promise.resolve(name)
  }

  time = (name: string): Promise<number> => {
    const ms = this.ms(name, this.turn++)
    this.clock += 8 * ms
    return Promise.resolve(ms)
  }

  release = (name: string): Promise<void> => {
    this.loaded.delete(name)
    return Promise.resolve()
  }

  now = (): number => this.clock

  async choice(): Promise<string> {
    const { loaded, threading } = await fastestThreading(this)
    expect(loaded).toBe(nameOf(threading))
    expect([...this.loaded]).toEqual([loaded])
    return loaded
  }
}

const taking = (figures: Readonly<Record<string, number>>) => (name: string) => figures[name] ?? 100

describe('the fastest threads', () => {
  it('of a model that takes seconds for a token are found by one token of each', async () => {
    const timed: string[] = []
    const figures = taking({ '1': 5000, '2': 3000, '2 spinning': 9000 })
    const machine = new Machine(2, 1, (name) => {
      timed.push(name)
      return figures(name)
    })
    machine.budget = () => Infinity
    expect(await machine.choice()).toBe('2')
    expect(timed).toEqual(['1', '2', '2 spinning'])
  })

  it('are found by adding threads as long as they gain, and no further', async () => {
    const machine = new Machine(16, 1, taking({ '1': 8, '2': 5, '4': 3, '8': 2.95 }))
    expect(await machine.choice()).toBe('4')
    expect(machine.tried).toEqual(['1', '2', '2 spinning', '4', '4 spinning', '8', '8 spinning'])
  })

  it('are fewer where more gain less than a tenth', async () => {
    expect(await new Machine(2, 1, taking({ '1': 1, '2': 0.92 })).choice()).toBe('1')
    expect(await new Machine(2, 1, taking({ '1': 1, '2': 0.9 })).choice()).toBe('2')
  })

  it('spin where that is what gains', async () => {
    expect(await new Machine(4, 1, taking({ '1': 1, '2': 1.2, '2 spinning': 0.7, '4 spinning': 0.69 })).choice()).toBe(
      '2 spinning',
    )
  })

  it('are fewer than at first where nothing is lost by that', async () => {
    const machine = new Machine(8, 4, taking({ '1': 8, '2': 3.1, '4': 3, '8': 4 }))
    expect(await machine.choice()).toBe('2')
    expect(machine.tried).toEqual(['4', '8', '8 spinning', '4 spinning', '2', '2 spinning', '1'])
  })

  it('are no more than there are cores', async () => {
    const machine = new Machine(6, 16, taking({ '1': 8, '2': 4, '4': 2, '8': 1 }))
    expect(await machine.choice()).toBe('4')
    expect(machine.tried[0]).toBe('4')
    expect(await new Machine(1, 1, taking({})).choice()).toBe('1')
  })

  it('are found with two sets of sessions at most', async () => {
    const machine = new Machine(64, 1, taking({ '1': 8, '2': 5, '4': 3, '8': 2 }))
    await machine.choice()
    expect(machine.most).toBe(2)
  })

  it('are what was found when the time is up', async () => {
    const machine = new Machine(8, 2, taking({ '2': 400, '4': 300, '8': 200 }))
    machine.loadMs = 5000
    machine.budget = () => 6000
    expect(await machine.choice()).toBe('4')
    expect(machine.tried).toEqual(['2', '4'])
    const hurried = new Machine(8, 2, taking({}))
    hurried.loadMs = 5000
    hurried.budget = () => 1000
    expect(await hurried.choice()).toBe('2')
    expect(hurried.tried).toEqual(['2'])
  })

  it('are not told from a busy moment', async () => {
    // every third turn takes ten times as long
    const machine = new Machine(2, 1, (name, turn) => (turn % 3 === 0 ? 10 : 1) * (name === '1' ? 1 : 0.8))
    expect(await machine.choice()).toBe('2')
    // a duel is over when others want the machine: two rounds of the first duel, then five
    const figures: Readonly<Record<string, number>> = { '1': 1, '2': 2, '2 spinning': 1.5 }
    const crowded = new Machine(2, 1, (name, turn) => (turn >= 4 && name === '1' ? 3 : figures[name]!))
    expect(await crowded.choice()).toBe('1')
  })

  it('are found without a third round against one far behind', async () => {
    const machine = new Machine(2, 1, taking({ '1': 1, '2': 2, '2 spinning': 1.1 }))
    await machine.choice()
    const [loads, far, near] = [3 * machine.loadMs, 2 * 8 * (1 + 2), 5 * 8 * (1 + 1.1)]
    expect(machine.clock).toBeCloseTo(loads + far + near)
  })

  it('are those of the first where there is no room for a second set', async () => {
    const machine = new Machine(4, 1, taking({ '1': 8, '2': 4 }))
    const { load } = machine
    const refuse = (error: Error) => (threading: Threading) =>
      threading.threads === 1 ? load(threading) : Promise.reject(error)
    machine.load = refuse(new DepthwiseError('COMPUTE_FAILED', 'No room.'))
    expect(await machine.choice()).toBe('1')
    machine.load = refuse(new TypeError('a mistake'))
    await expect(fastestThreading(machine)).rejects.toThrow('a mistake')
  })
})
