import type { SentRequest } from '../../../electron/contract/pages.ts'
import { DEFAULT_PACE } from '../../../electron/contract/pace.ts'
import { FakeHost } from '../fake/host.ts'
import { DOWNLOADS, LIBRARY } from '../fake/models.ts'
import { organise, remember, rememberAnswer, rememberLong } from '../fake/past.ts'
import { longAnswer, RICH } from '../fake/rich.ts'
import { FAILED, MODEL, READY, THINKING } from '../fake/values.ts'

/** The renderer with a fake host, as the address asks for: ?past, ?organised, ?long=300, ?failed, ?preparing, ?fixed, ?hardly, ?failat=40, ?slow, ?theme=dark, ?tint, ?downloads, ?otherwriter, ?thinks, ?circles, ?first, ?requests, ?hold=18, ?quiet, ?battery, ?size=large, ?rich, ?measured, ?blocks=20000 (or list, paragraph, lines, table, code). */
const page = globalThis as { location?: { search: string } }
const asked = new URLSearchParams(page.location?.search)

const fixed = {
  ...MODEL,
  maxDepth: 1,
  budget: { adjustable: false, trained: false, explanation: 'This model has one depth only.', effect: null },
}
const hardly = { ...MODEL, budget: { ...MODEL.budget, effect: { spread: 0.006, first: 0 } } }
const thinks = { ...MODEL, thinking: THINKING }
const theme = asked.get('theme')
const size = asked.get('size')
const request = {
  at: Date.now() - 90_000,
  host: 'huggingface.co',
  purpose: 'look',
  subject: 'HuggingFaceTB/SmolLM2-360M-Instruct',
} as const
const requests: SentRequest[] = [
  {
    ...request,
    id: 4,
    purpose: 'download',
    host: 'cas-bridge.xethub.hf.co',
    path: '/xet-bridge-us/66f3e0fb6d4bb8c6/9cd6a1',
    status: 200,
    bytes: null,
  },
  {
    ...request,
    id: 3,
    purpose: 'download',
    path: '/HuggingFaceTB/SmolLM2-360M-Instruct/resolve/a10cc15/model.safetensors',
    status: 302,
    bytes: 0,
  },
  {
    ...request,
    id: 2,
    path: '/HuggingFaceTB/SmolLM2-360M-Instruct/resolve/a10cc15/config.json',
    status: 200,
    bytes: 846,
  },
  {
    ...request,
    id: 1,
    path: '/api/models/HuggingFaceTB/SmolLM2-360M-Instruct/revision/main',
    status: 200,
    bytes: 4321,
  },
]
const host = new FakeHost({
  engine: asked.has('failed')
    ? FAILED
    : asked.has('preparing')
      ? { ...READY, phase: 'preparing', progress: 0.42, model: null, device: null }
      : {
          ...READY,
          model: asked.has('fixed') ? fixed : asked.has('hardly') ? hardly : asked.has('thinks') ? thinks : MODEL,
        },
  settings: {
    welcomed: !asked.has('first'),
    ...(size === 'small' || size === 'large' || size === 'largest' ? { textSize: size } : {}),
    ...(asked.has('hold')
      ? { pace: { ...DEFAULT_PACE, mode: 'hold' as const, atLeast: Number(asked.get('hold')) } }
      : {}),
    ...(asked.has('quiet') ? { pace: { ...DEFAULT_PACE, mode: 'quiet' as const } } : {}),
    ...(asked.has('battery') ? { pace: { ...DEFAULT_PACE, onBattery: 'quiet' as const } } : {}),
    tintByDepth: asked.has('tint'),
    ...(theme === 'dark' || theme === 'light' ? { theme } : {}),
  },
  notices: asked.has('notices') ? ['An answer that was being written when Depthwise ended was kept as it stood.'] : [],
  pace: { tokenMs: asked.has('slow') ? 60 : 14, prefillMs: asked.has('slow') ? 3000 : 500 },
  onBattery: asked.has('battery'),
  requests: asked.has('requests') ? requests : [],
  library: { ...LIBRARY, downloads: asked.has('downloads') ? [...DOWNLOADS] : [] },
  ...(asked.has('rich') ? { answer: RICH } : {}),
  measured: asked.has('measured'),
  ...(asked.has('circles') ? { circlesAt: 60 } : {}),
  ...(asked.has('failat') ? { failAt: Number(asked.get('failat')) } : {}),
})
if (asked.has('past') || asked.has('organised')) remember(host)
if (asked.has('organised')) organise(host)
if (asked.has('long')) rememberLong(host, Number(asked.get('long')))
if (asked.has('rich')) rememberAnswer(host, 'One of everything', RICH)
for (const [kind, count] of asked) {
  const answer = longAnswer(kind, Number(count))
  if (answer !== '') rememberAnswer(host, `Long: ${kind}`, answer)
}

Object.assign(globalThis, { depthwise: host, fakeHost: host })
