/**
 * Files of other programs, made by hand in their published shapes.
 * ChatGPT: conversations.json of its data export, as observed in 2023 to 2026 (a tree under `mapping` from a root without
 * a message, `current_node`, hidden `user_editable_context`, `thoughts`, `code` to a tool, `multimodal_text`).
 * LM Studio 0.3 and 0.4: `<milliseconds>.conversation.json` in ~/.lmstudio/conversations
 * (https://lmstudio.ai/docs/app/basics/chat): `versions` with `currentlySelected`, `singleStep` with `content`,
 * `multiStep` with `steps` of `contentBlock` (style `thinking`) and `debugInfoBlock`.
 */
const node = (id: string, parent: string | null, children: string[], message: unknown = null) => ({
  id,
  parent,
  children,
  message,
})

function message(role: string, parts: unknown[], more: Record<string, unknown> = {}) {
  return {
    id: 'aaa2f3a1-0001',
    author: { role, name: null, metadata: {} },
    create_time: 1765672231.944857,
    update_time: null,
    content: { content_type: 'text', parts },
    status: 'finished_successfully',
    end_turn: true,
    weight: 1,
    metadata: { model_slug: 'gpt-5-2-thinking' },
    recipient: 'all',
    channel: null,
    ...more,
  }
}

const tree = [
  node('client-created-root', null, ['sys']),
  node('sys', 'client-created-root', ['ctx'], message('system', [''])),
  node(
    'ctx',
    'sys',
    ['q'],
    message('user', [], {
      content: { content_type: 'user_editable_context', user_profile: 'secret profile', user_instructions: '' },
      metadata: { is_visually_hidden_from_conversation: true },
    }),
  ),
  node(
    'q',
    'ctx',
    ['think', 'a2'],
    message(
      'user',
      [{ content_type: 'image_asset_pointer', asset_pointer: 'sediment://file_1', width: 10 }, 'What is on it?'],
      { content: undefined, create_time: 1765672200.5 },
    ),
  ),
  node(
    'think',
    'q',
    ['call'],
    message('assistant', [], { content: { content_type: 'thoughts', thoughts: [{ summary: 's', content: 'hmm' }] } }),
  ),
  node('call', 'think', ['tool'], message('assistant', ['Let me look it up.'])),
  node(
    'tool',
    'call',
    ['result'],
    message('assistant', [], { content: { content_type: 'code', language: 'json', text: '{}' }, recipient: 'web.run' }),
  ),
  node('result', 'tool', ['recap'], message('tool', ['raw result'])),
  node(
    'recap',
    'result',
    ['a1'],
    message('assistant', [], { content: { content_type: 'reasoning_recap', content: 'Thought for 8s' } }),
  ),
  node('a1', 'recap', ['q2'], message('assistant', ['A lighthouse.\ue200cite\ue202turn0search1\ue201'])),
  node('a2', 'q', [], message('assistant', ['Another lighthouse.'])),
  node('q2', 'a1', ['a3'], message('user', ['How high?'])),
  node('a3', 'q2', [], message('assistant', ['30 metres.'])),
]
const asked = tree.find(({ id }) => id === 'q')!.message as { content: unknown }
asked.content = {
  content_type: 'multimodal_text',
  parts: [{ content_type: 'image_asset_pointer', asset_pointer: 'sediment://file_1', width: 10 }, 'What is on it?'],
}

export const CHATGPT = {
  title: 'Lighthouse',
  create_time: 1765672199.25,
  update_time: 1765672300,
  mapping: Object.fromEntries(tree.map((one) => [one.id, one])),
  moderation_results: [],
  current_node: 'a3',
  plugin_ids: null,
  conversation_id: '693d0000-1111-2222-3333-444455556666',
  gizmo_id: null,
  is_archived: false,
  is_starred: null,
  safe_urls: [],
  default_model_slug: 'gpt-5-2',
  id: '693d0000-1111-2222-3333-444455556666',
}

const text = (content: string) => ({ type: 'text', text: content, fromDraftModel: false, isStructural: false })
const block = (content: string, stepIdentifier: string, more: Record<string, unknown> = {}) => ({
  type: 'contentBlock',
  stepIdentifier,
  content: [text(content)],
  defaultShouldIncludeInContext: true,
  shouldIncludeInContext: true,
  genInfo: { identifier: 'gpt-oss-20b', stats: { stopReason: 'eosFound', tokensPerSecond: 31.2 } },
  ...more,
})
const senderInfo = { senderName: 'gpt-oss-20b' }

export const LM_STUDIO = {
  name: 'Qwen chat',
  pinned: false,
  createdAt: 1780959551824,
  preset: '',
  tokenCount: 203,
  userLastMessagedAt: 1780959828218,
  assistantLastMessagedAt: 1780959840000,
  systemPrompt: 'Be brief.',
  messages: [
    {
      versions: [{ type: 'singleStep', role: 'user', content: [text('Hi')] }],
      currentlySelected: 0,
    },
    {
      versions: [
        { type: 'multiStep', role: 'assistant', senderInfo, steps: [block('Hello.', '1780959836856-0.2')] },
        {
          type: 'multiStep',
          role: 'assistant',
          senderInfo,
          steps: [
            block('Let me think…', '1780959838000-0.3', { style: { type: 'thinking', ended: true, title: 'Thought' } }),
            block('Good day!', '1780959839000-0.4', { prefix: '' }),
            { type: 'debugInfoBlock', stepIdentifier: '1780959840000-0.5', debugInfo: 'Conversation naming' },
          ],
        },
      ],
      currentlySelected: 1,
    },
    {
      versions: [
        {
          type: 'singleStep',
          role: 'user',
          content: [{ type: 'file', fileIdentifier: '1 - a.png', fileType: 'image', sizeBytes: 10 }, text('And this?')],
        },
      ],
      currentlySelected: 0,
    },
  ],
  usePerChatPredictionConfig: true,
  perChatPredictionConfig: { fields: [{ key: 'llm.prediction.systemPrompt', value: 'Be brief.' }] },
  clientInput: '',
  notes: [],
  lastUsedModel: { identifier: 'gpt-oss-20b', indexedModelIdentifier: 'gpt-oss-20b' },
}
