import type { Chat } from './chat.ts'
import type { Handlers } from './dispatcher.ts'

type ChatCall =
  | 'message.tokenDetails'
  | 'chat.send'
  | 'chat.regenerate'
  | 'chat.continue'
  | 'chat.reword'
  | 'chat.stop'
  | 'chat.budget'
  | 'chat.endThought'

/** The calls about answers. */
export function chatHandlers(chat: Chat): Pick<Handlers, ChatCall> {
  return {
    'message.tokenDetails': (params) => chat.tokenDetails(params),
    'chat.send': (params) => chat.send(params),
    'chat.regenerate': (params) => chat.regenerate(params),
    'chat.continue': (params) => chat.continue(params),
    'chat.reword': (params) => chat.reword(params),
    'chat.stop': ({ messageId }) => {
      chat.stop(messageId)
      return null
    },
    'chat.budget': (params) => {
      chat.changeBudget(params)
      return null
    },
    'chat.endThought': ({ messageId }) => {
      chat.endThought(messageId)
      return null
    },
  }
}
