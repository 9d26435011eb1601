import { expect, it, vi } from 'vitest'
import { BudgetController } from '../../models/runtime/budget/controller.ts'
import { Decoder } from '../../models/runtime/decoder.ts'
import { loadEngine, randomSource } from './support.ts'

const engine = await loadEngine('int8')
const { plan } = engine.model
const random = randomSource(5)
const IDS = Array.from({ length: 200 }, () => Math.floor(random() * 4000))

function begin(controller: BudgetController): Decoder {
  return new Decoder(engine.sequence(), controller)
}

it('reads a prompt in pieces, its last token by itself, and has logits at its end only', async () => {
  const decoder = begin(new BudgetController(plan, 0.5))
  const append = vi.spyOn(decoder.sequence, 'append')
  const prompt = IDS.slice(0, 130)
  const results = [await decoder.prefill(prompt)]
  while (!results.at(-1)) results.push(await decoder.prefill(prompt))
  expect(append.mock.calls.map(([ids]) => ids.length)).toEqual([64, 64, 1, 1])
  expect(results.slice(0, -1)).toEqual([null, null, null])
  expect(results.at(-1)!.logits).toHaveLength(plan.vocabSize)
  expect(decoder.sequence.ids).toEqual(prompt)
})

it('says while a run is under way whose logits are wanted', async () => {
  const decoder = begin(new BudgetController(plan, 0.5))
  const seen: boolean[] = []
  const during = async (run: Promise<unknown>): Promise<void> => {
    seen.push(decoder.producing)
    await run
    seen.push(decoder.producing)
  }
  await during(decoder.prefill(IDS.slice(0, 2)))
  await during(decoder.prefill(IDS.slice(0, 2)))
  await during(decoder.step(IDS[2]!))
  expect(seen).toEqual([false, false, true, false, true, false])
})

it('keeps to one share over sequences that are read in turns under one controller', async () => {
  const controller = new BudgetController(plan, 0.3)
  const decoders = [begin(controller), begin(controller)]
  let [run, full] = [0, 0]
  for (const [i, id] of IDS.entries()) {
    const { optional } = await decoders[i % 2]!.step(id)
    run += optional.run
    full += optional.full
  }
  expect(Math.abs(run / full - 0.3)).toBeLessThanOrEqual(0.05)
  decoders[0]!.share = 1
  expect((await decoders[1]!.step(7)).depths).toEqual(Uint8Array.of(plan.maxDepth))
})
